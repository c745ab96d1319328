/** Weir's own version, as package.json has it (a test compares them): the core reads no files. */
export const VERSION = '0.1.0';
