import { describe, expect, it } from 'vitest';
import { credentialsOf } from '../../src/core/credentials.ts';

describe('tokens', () => {
  it('are one, with the role and the name of their variable', () => {
    const { credentials } = credentialsOf('a:secret', 'admin');
    expect(credentials).toEqual([{ name: 'admin', role: 'admin', secret: 'a:secret' }]);
    expect(credentialsOf('', 'admin').credentials).toEqual([]);
  });

  it('are a list of names, roles and secrets', () => {
    const { credentials, refused } = credentialsOf('ann:admin:a:1, ci:operator:b', 'admin');
    expect(credentials).toEqual([
      { name: 'ann', role: 'admin', secret: 'a:1' },
      { name: 'ci', role: 'operator', secret: 'b' },
    ]);
    expect(refused).toEqual([]);
  });

  it.each([
    ['cannot be read', 'ann:admin:a,whatever', 'admin', [2]],
    ['has a role that is none', 'ann:root:a', 'admin', [1]],
    ['is above its variable', 'bob:viewer:b,ann:admin:a', 'viewer', [2]],
  ] as const)('grant nothing by an entry that %s', (_, setting, highest, positions) => {
    expect(credentialsOf(setting, highest).refused).toEqual(positions);
  });
});
