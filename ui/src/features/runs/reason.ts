/**
 * Why a step failed, in the server's own words. YunoHost ends a failed operation with a sentence that only asks to
 * share its log (`log_help_to_get_failed_log`); what went wrong is what it said before. That line of the trace is
 * shown, and the name of the log kept.
 */
import type { TraceLine } from '../../shared/contract';

const SHARE = /yunohost log share ([\w.@~-]+)/;

export interface Reason {
  text: string;
  /** The name of YunoHost's own log of it, where it names one. */
  log: string | null;
}

export function reasonOf(words: string, lines: readonly TraceLine[], step: number | null): Reason {
  const log = SHARE.exec(words)?.[1] ?? null;
  if (log === null) return { text: words, log };
  const said = lines.findLast(
    (line) => line.sign === '✗' && (step === null || line.step === step) && !SHARE.test(line.text),
  );
  return { text: said?.text ?? words, log };
}
