/** What flags, their variants and what they share may be called. */

/** Goes into paths, labels and headers as it is; `$` begins what belongs to the document as a whole. */
export const FLAG_KEY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
/** RFC 9651, section 3.1.2: what the key of a dictionary can be; a flag for the origin is called like that. */
export const HEADER_KEY = /^[a-z][a-z0-9._-]{0,127}$/;
/** RFC 9651, section 3.3.4: always a token. */
export const FLAG_VARIANT = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;
/** Of a group, a holdout or an attribute of the context. */
export const SHARED_NAME = /^[^\p{Cc}]{1,128}$/u;

/** What OpenFeature calls the identity of whoever a flag is evaluated for. */
export const TARGETING_KEY = 'targetingKey';
