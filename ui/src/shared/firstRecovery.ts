/**
 * Right after a workspace was made, its first administrator is shown a recovery key. The password that was just typed
 * is handed over for that, once, and kept nowhere else.
 */
let password: string | null = null;

export function offerRecovery(typed: string): void {
  password = typed;
}

export function takeRecoveryOffer(): string | null {
  const offered = password;
  password = null;
  return offered;
}
