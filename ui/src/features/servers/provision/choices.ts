/**
 * The choices of a provisioning as a form's answers, and back: how each is asked for, which ones go together, and when
 * one is asked at all. Their words and defaults are the program's.
 */
import * as check from '../../../shared/checks';
import type { ProvisioningChoices, ProvisioningField } from '../../../shared/contract';
import { splitTags, tagsCheck } from '../tags';

export type Answers = Readonly<Record<string, string>>;
type Name = keyof ProvisioningChoices;

/** What belongs together, in the order of the form. */
export const SECTIONS = [
  { id: 'server', fields: ['domain', 'admin', 'admin_fullname', 'password'] },
  { id: 'names', fields: ['dns', 'resolver', 'certificate', 'certificate_chain'] },
  { id: 'access', fields: ['ssh_port', 'never_ban', 'api', 'second_way_in'] },
  { id: 'services', fields: ['mail', 'unattended_upgrades', 'backup'] },
  { id: 'source', fields: ['source', 'source_address', 'source_file', 'source_sha256', 'branch'] },
  { id: 'fleet', fields: ['customer', 'tags'] },
] as const satisfies readonly { id: string; fields: readonly Name[] }[];

/** Asked only once something else is chosen. */
const ONLY_WITH: Partial<Record<Name, [Name, string]>> = {
  resolver: ['dns', 'resolver'],
  certificate_chain: ['certificate', 'own'],
  source_address: ['source', 'address'],
  source_file: ['source', 'file'],
};

export function isAsked(name: string, answers: Answers): boolean {
  const [other, value] = ONLY_WITH[name as Name] ?? [];
  return other === undefined || answers[other] === value;
}

export type Widget = 'switch' | 'cards' | 'list' | 'long' | 'number' | 'words' | 'code' | 'text';

const LONG: readonly string[] = ['certificate_chain', 'source_file'];
const CODE: readonly string[] = [
  'domain',
  'admin',
  'resolver',
  'source_address',
  'source_sha256',
  'never_ban',
];

/** How a choice is asked for: by what its default is, and how many answers it has. */
export function widgetOf(field: Pick<ProvisioningField, 'name' | 'options'>, first: unknown): Widget {
  if (typeof first === 'boolean') return 'switch';
  if (field.options.length > 0) return field.options.length <= 3 ? 'cards' : 'list';
  if (LONG.includes(field.name)) return 'long';
  if (typeof first === 'number') return 'number';
  if (CODE.includes(field.name)) return 'code';
  return Array.isArray(first) ? 'words' : 'text';
}

const CHECKS: Partial<Record<Name, check.Check>> = {
  domain: check.domain,
  admin: check.userName,
  admin_fullname: check.personName,
  resolver: check.required,
  certificate_chain: check.required,
  ssh_port: check.port,
  source_address: check.url,
  source_file: check.required,
  tags: tagsCheck,
};

const FREE: check.Check = () => null;

export function checkOf(name: string): check.Check {
  return CHECKS[name as Name] ?? FREE;
}

/** As the form's fields hold them. */
export function answersOf(choices: ProvisioningChoices): Record<string, string> {
  const answers: Record<string, string> = {};
  for (const [name, value] of Object.entries(choices)) {
    answers[name] = Array.isArray(value)
      ? value.join(', ')
      : typeof value === 'boolean'
        ? value
          ? '1'
          : ''
        : String(value ?? '');
  }
  return answers;
}

/** As the program takes them: each in the type of its default. */
export function choicesOf(answers: Answers, defaults: ProvisioningChoices): ProvisioningChoices {
  const chosen: Record<string, unknown> = {};
  for (const [name, first] of Object.entries(defaults)) {
    const answer = (answers[name] ?? '').trim();
    chosen[name] = Array.isArray(first)
      ? splitTags(answer)
      : typeof first === 'boolean'
        ? answer !== ''
        : typeof first === 'number'
          ? Number(answer)
          : name === 'customer'
            ? answer || null
            : answer;
  }
  return chosen as ProvisioningChoices;
}

/** A profile says nothing about whose server it is, its domain and who administers it: these answers stay. */
const NOT_IN_PROFILES: readonly string[] = ['domain', 'admin', 'admin_fullname'];

export function withProfile(answers: Answers, profile: ProvisioningChoices): Record<string, string> {
  const kept = Object.fromEntries(NOT_IN_PROFILES.map((name) => [name, answers[name] ?? '']));
  return { ...answers, ...answersOf(profile), ...kept };
}
