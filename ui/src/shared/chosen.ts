/** The servers that were selected in the list, on their way to a form: too many for an address. */
let chosen: readonly string[] = [];

export function rememberChosen(ids: readonly string[]): void {
  chosen = ids;
}

export function chosenServers(): readonly string[] {
  return chosen;
}
