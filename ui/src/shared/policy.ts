/**
 * Who may do what, as the program's one table says it for whoever is at work. The window shows nothing that it denies:
 * what one may not do is absent, or says who can. That is a courtesy; the program checks again.
 */
import { useQuery } from '@tanstack/react-query';
import type { PolicyView, Privilege, PrivilegeView } from './contract';
import { queries } from './queries';

export function usePolicy(): PolicyView | undefined {
  return useQuery(queries.policy()).data;
}

export type May = (privilege: Privilege) => boolean;

/** Whether the one at work holds a privilege, over anything at all. */
export function mayOf(policy: PolicyView | undefined): May {
  const held = new Set(
    policy?.privileges.filter((each) => each.scope !== null).map((each) => each.privilege),
  );
  return (privilege) => held.has(privilege);
}

export function useMay(): May {
  return mayOf(usePolicy());
}

/** What the table says of one privilege, in words. */
export function usePrivilege(name: string): PrivilegeView | undefined {
  return usePolicy()?.privileges.find((each) => each.privilege === name);
}
