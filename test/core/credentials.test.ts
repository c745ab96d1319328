import { describe, expect, it } from 'vitest';
import { credentialsOf, ROLES, type Role } from '../../src/core/credentials.ts';

describe('tokens', () => {
  it('are one, with the role and the name of their variable', () => {
    const { credentials } = credentialsOf('a:secret', 'admin', ROLES);
    expect(credentials).toEqual([{ name: 'admin', role: 'admin', secret: 'a:secret' }]);
    expect(credentialsOf('', 'admin', ROLES).credentials).toEqual([]);
  });

  it('are a list of names, roles and secrets', () => {
    const { credentials, refused } = credentialsOf('ann:admin:a:1, ci:operator:b', 'admin', ROLES);
    expect(credentials).toEqual([
      { name: 'ann', role: 'admin', secret: 'a:1' },
      { name: 'ci', role: 'operator', secret: 'b' },
    ]);
    expect(refused).toEqual([]);
  });

  it.each([
    ['cannot be read', 'ann:admin:a,whatever', ROLES, [2]],
    ['has a role that is none', 'ann:root:a', ROLES, [1]],
    ['has a role that its variable is not for', 'bob:viewer:b,ann:admin:a', ['viewer'], [2]],
  ] as const)('grant nothing by an entry that %s', (_, setting, roles, positions) => {
    expect(credentialsOf<Role>(setting, 'viewer', roles).refused).toEqual(positions);
  });
});
