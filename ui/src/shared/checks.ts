/**
 * What each field takes, checked beside the field; the program checks again. The same rules as the
 * program's own (crate `domain`, module `field`), so that a mistake is said before anything is sent.
 */

/** Which characters a field takes; the words are in the language files, under `allowed`. */
export type Allowed =
  | 'server_name'
  | 'host_name'
  | 'login_user'
  | 'tag'
  | 'workspace_name'
  | 'person_name'
  | 'user_name'
  | 'domain_name'
  | 'url_path'
  | 'visible';

/** What is wrong with an answer; the words are in the language files, under `rule`. */
export type Rule =
  | {
      rule:
        | 'required'
        | 'port_range'
        | 'not_an_address'
        | 'not_a_domain'
        | 'not_a_mail'
        | 'not_a_url'
        | 'not_a_color'
        | 'not_a_date'
        | 'not_a_time'
        | 'not_a_quota'
        | 'not_a_fingerprint'
        | 'not_a_choice'
        | 'reserved'
        | 'taken'
        | 'differs'
        | 'weak_password'
        | 'pattern';
    }
  | { rule: 'too_long'; max: number }
  | { rule: 'too_short'; min: number }
  | { rule: 'characters'; allowed: Allowed }
  | { rule: 'number_range'; min: number; max: number };

export type Check = (text: string) => Rule | null;

const REQUIRED: Rule = { rule: 'required' };

function sized(max: number, check: (text: string) => Rule | null): Check {
  return (raw) => {
    const text = raw.trim();
    if (text === '') return REQUIRED;
    if ([...text].length > max) return { rule: 'too_long', max };
    return check(text);
  };
}

function letters(max: number, allowed: Allowed, form: RegExp): Check {
  return sized(max, (text) => (form.test(text) ? null : { rule: 'characters', allowed }));
}

export const serverName = letters(63, 'server_name', /^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u);
export const tag = letters(32, 'tag', /^[\p{L}\p{N}][\p{L}\p{N}._:-]*$/u);
export const workspaceName = letters(
  60,
  'workspace_name',
  /^[\p{L}\p{N}](?:[\p{L}\p{N} ._\-&'’()]*[\p{L}\p{N} _\-&'’()])?$/u,
);
export const personName = letters(80, 'person_name', /^\p{L}[\p{L}\p{N}\p{M} .,'’-]*$/u);
export const loginUser = letters(64, 'login_user', /^[A-Za-z0-9._@][A-Za-z0-9._@-]*$/);
export const userName = letters(64, 'user_name', /^[a-z0-9._]+$/);

const HOST =
  /^(?=.{1,253}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\.?$/;
const V4 = /^(?:\d{1,3})(?:\.\d{1,3}){3}$/;
const V6 = /^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*(?:%[\w.-]+)?$/i;

export const host: Check = sized(253, (text) => {
  if (V4.test(text))
    return text.split('.').every((part) => Number(part) <= 255) ? null : { rule: 'not_an_address' };
  if (V6.test(text)) return null;
  return HOST.test(text) ? null : { rule: 'not_an_address' };
});

/** A server's own domain: in small letters, in at least two parts. */
export const domain: Check = sized(253, (text) =>
  /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])$/.test(text)
    ? null
    : { rule: 'not_a_domain' },
);

export const port: Check = (raw) => {
  const text = raw.trim();
  if (text === '') return REQUIRED;
  const number = Number(text);
  return /^\d+$/.test(text) && number >= 1 && number <= 65535 ? null : { rule: 'port_range' };
};

export const path: Check = sized(128, (text) => {
  const wrong: Rule = { rule: 'characters', allowed: 'url_path' };
  if (!/^\/[A-Za-z0-9._~/-]*$/.test(text) || text.includes('//')) return wrong;
  return text.split('/').some((part) => part === '.' || part === '..') ? wrong : null;
});

export const mail: Check = sized(254, (text) =>
  /^[^\s@<>"(),;:]+@[^\s@.]+(?:\.[^\s@.]+)+$/.test(text) ? null : { rule: 'not_a_mail' },
);
export const url: Check = sized(2000, (text) => {
  try {
    return /^https?:$/.test(new URL(text).protocol) ? null : { rule: 'not_a_url' };
  } catch {
    return { rule: 'not_a_url' };
  }
});
export const color: Check = sized(7, (text) =>
  /^#[0-9a-f]{6}$/i.test(text) ? null : { rule: 'not_a_color' },
);
export const date: Check = sized(10, (text) => {
  const parsed = new Date(`${text}T00:00:00Z`);
  const same = !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(text);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && same ? null : { rule: 'not_a_date' };
});
export const time: Check = sized(5, (text) =>
  /^([01]\d|2[0-3]):[0-5]\d$/.test(text) ? null : { rule: 'not_a_time' },
);
export const quota: Check = sized(16, (text) =>
  /^(0|\d+[bkMGT])$/.test(text) ? null : { rule: 'not_a_quota' },
);

export const required: Check = (text) => (text.trim() === '' ? REQUIRED : null);
export const password: Check = (text) => {
  if (text === '') return REQUIRED;
  return [...text].length < 8 ? { rule: 'too_short', min: 8 } : null;
};

export function number(min: number | null, max: number | null): Check {
  return (raw) => {
    const text = raw.trim();
    if (text === '') return REQUIRED;
    const value = Number(text);
    const low = min ?? -2147483648;
    const high = max ?? 2147483647;
    return /^-?\d+$/.test(text) && value >= low && value <= high
      ? null
      : { rule: 'number_range', min: low, max: high };
  };
}

/** An answer that may stay empty. */
export function optional(check: Check): Check {
  return (text) => (text.trim() === '' ? null : check(text));
}
