/** Small things that carry a word: pill, tag, key, avatar, copy button, dot. */
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { copyText } from '../copyText';
import { FAMILY, type Tone, ToneIcon } from './State';

export function Pill({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className="pill" data-tone={FAMILY[tone]}>
      <ToneIcon tone={tone} size={14} />
      {children}
    </span>
  );
}

export function Tag({ children }: { children: ReactNode }) {
  return <span className="tag">{children}</span>;
}

export function Tags({ tags, most = 2 }: { tags: readonly string[]; most?: number }) {
  const shown = tags.slice(0, most);
  const rest = tags.length - shown.length;
  return (
    <span className="tags" title={tags.join(', ')}>
      {shown.map((tag) => (
        <Tag key={tag}>{tag}</Tag>
      ))}
      {rest > 0 && <span className="t3 small">+{rest}</span>}
    </span>
  );
}

/** A key of the keyboard. On a filled button it is drawn in white. */
export function Kbd({ children }: { children: ReactNode }) {
  return <kbd className="kbd">{children}</kbd>;
}

export function initials(name: string): string {
  const words = name.split(/[\s.-]+/).filter(Boolean);
  const first = words[0]?.[0] ?? '?';
  const last = words.length > 1 ? (words[words.length - 1]?.[0] ?? '') : '';
  return (first + last).toUpperCase();
}

export function Avatar({ name, size = 24 }: { name: string; size?: number }) {
  return (
    <span
      className="avatar"
      aria-hidden
      style={{ width: size, height: size, fontSize: size < 22 ? 8 : size > 28 ? 13 : 10 }}
    >
      {initials(name)}
    </span>
  );
}

export function CopyButton({ value, label }: { value: string; label?: string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    if (!(await copyText(value))) return;
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <button
      type="button"
      className={label ? 'link iconlink' : 'copy'}
      onClick={() => void copy()}
      aria-label={label ? undefined : t('act.copyValue', { value })}
    >
      {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
      {label && (copied ? t('act.copied') : label)}
    </button>
  );
}
