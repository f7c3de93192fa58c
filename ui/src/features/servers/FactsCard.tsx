/** What the machine is, and how one reaches it. */
import { Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ServerDetail } from '../../shared/contract';
import { Card, type Fact, Facts } from '../../shared/parts/Card';
import { Bar } from '../../shared/parts/State';
import { CopyButton } from '../../shared/parts/Words';
import { useFormat } from '../../shared/useFormat';

export function FactsCard({ server }: { server: ServerDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { facts, row } = server;
  const stale = row.state === 'unreachable' || row.state === 'stop';
  const key = server.host_keys[0];
  const meter = (free: number, all: number | null, unit: (text: string) => string) => {
    if (!all) return unit(format.bytes(free * 1024));
    const used = all - free;
    const part = (used / all) * 100;
    return (
      <span className="num">
        <Bar
          percent={part}
          width={72}
          tone={stale ? 'off' : part > 95 ? 'fail' : part > 85 ? 'warn' : 'run'}
          label={t('facts.used')}
        />
        {t('facts.of', { used: format.bytes(used * 1024), all: format.bytes(all * 1024) })}
      </span>
    );
  };
  const list: Fact[] = [
    [
      'YunoHost',
      facts
        ? t('facts.onDebian', { yunohost: facts.yunohost ?? t('facts.notInstalled'), debian: facts.debian })
        : (row.yunohost ?? '—'),
    ],
    [
      t('facts.address'),
      <span key="a" className="row" style={{ gap: 2 }}>
        <span className="code ell">
          {row.address}
          {server.port !== 22 && `:${server.port}`}
        </span>
        <CopyButton value={row.address} />
      </span>,
    ],
    [t('facts.login'), t('facts.loginAs', { user: server.user, how: t(`login.${server.login}`) })],
    key
      ? [
          t('facts.hostKey'),
          <Tooltip
            key="k"
            label={`${t(`how.${key.how}`)} · ${t('key.since', { day: format.day(key.since), by: key.by })}`}
          >
            <span>
              <span className="code" title={key.fingerprint}>
                {shortFingerprint(key.fingerprint)}
              </span>{' '}
              <span className="t3">{key.algorithm.replace(/^ssh-/, '')}</span>
            </span>
          </Tooltip>,
        ]
      : null,
    facts ? [t('facts.hardware'), `${facts.arch}, ${format.bytes(facts.memory_kib * 1024)}`] : null,
    facts
      ? [
          t('facts.disk'),
          meter(facts.disk_free_kib, facts.disk_kib, (text) => t('facts.free', { size: text })),
        ]
      : null,
    facts ? [t('facts.memory'), meter(facts.memory_free_kib, facts.memory_kib, (text) => text)] : null,
    [t('facts.added'), format.day(server.added_at)],
  ];
  const seen = row.last_seen;
  return (
    <Card
      title={t('facts.title')}
      aside={
        seen && (
          <span className="small t3" title={format.exact(seen)}>
            {t('facts.snapshot', { time: format.whenShort(seen) })}
          </span>
        )
      }
    >
      <Facts facts={list} />
    </Card>
  );
}

/** `SHA256:uB2x…M0eQ`, only where nothing is decided about it. */
export function shortFingerprint(fingerprint: string): string {
  const [kind, value = ''] = fingerprint.split(':');
  return value.length > 10 ? `${kind}:${value.slice(0, 4)}…${value.slice(-4)}` : fingerprint;
}
