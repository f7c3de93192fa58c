/** Entries in a table, with what can be done about each: given, brought up to date, taken away. Each opens the run it began. */
import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconDots, IconKey, IconTrash } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommands } from '../../shared/commands';
import type { Words } from '../../shared/contract';
import { ErrorView } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { type Column, DataTable } from '../../shared/parts/DataTable';
import { State } from '../../shared/parts/State';
import { CopyButton } from '../../shared/parts/Words';
import { useChange } from '../../shared/queries';
import { useFormat } from '../../shared/useFormat';
import { GiveEntry, TakeEntry } from './EntryDialogs';
import { type Line, STANDING_ORDER, STANDING_TONE, standing } from './lines';

/** More lines than this would drown the palette. */
const IN_PALETTE = 12;

export function EntryTable({
  label,
  first,
  lines,
  version,
  difference,
  online,
}: {
  label: string;
  /** What the lines differ in: the person, or the server. */
  first: Column<Line>;
  lines: readonly Line[];
  /** The version that would be put there now. */
  version: string;
  difference: Words;
  /** Without the network, nothing is begun. */
  online: boolean;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const [giving, setGiving] = useState<Line | null>(null);
  const [taking, setTaking] = useState<Line | null>(null);
  const begun = (run: string) => void navigate({ to: '/runs/$run', params: { run } });
  const update = useChange(
    (server: string) => ipc.gates.update(server),
    (result) => begun(result.run),
  );
  const { mutate, isPending } = update;
  const able = online ? lines.filter((line) => line.acts) : [];
  useCommands(
    lines.length <= IN_PALETTE
      ? able.map((line) => ({
          id: `entry-${line.id}`,
          title: t(line.gate ? 'entry.takeNamed' : 'entry.giveNamed', {
            name: line.account.name,
            server: line.server.name,
          }),
          group: 'page' as const,
          needs: 'manage_gates' as const,
          icon: line.gate ? <IconTrash /> : <IconKey />,
          run: () => (line.gate ? setTaking(line) : setGiving(line)),
        }))
      : [],
  );
  const columns = useMemo<Column<Line>[]>(
    () => [
      first,
      {
        id: 'state',
        head: t('entry.state'),
        width: 150,
        sortValue: (line) => STANDING_ORDER.indexOf(standing(line)),
        cell: (line) => {
          const how = standing(line);
          return (
            <State
              tone={STANDING_TONE[how]}
              word={t(`entry.${how}`)}
              title={
                how === 'outdated'
                  ? t('entry.outdatedTitle', { there: line.gate?.version ?? '—', now: version })
                  : how === 'planned'
                    ? t('entry.plannedTitle')
                    : undefined
              }
            />
          );
        },
      },
      {
        id: 'version',
        head: t('entry.version'),
        width: 110,
        sortValue: (line) => line.gate?.version ?? '',
        cell: (line) => (line.gate?.version ? <span className="code-s">{line.gate.version}</span> : '—'),
      },
      {
        id: 'since',
        head: t('entry.since'),
        width: 110,
        from: 700,
        sortValue: (line) => line.gate?.installed_at ?? '',
        cell: (line) =>
          line.gate?.installed_at ? (
            <time
              className="t3"
              dateTime={line.gate.installed_at}
              title={format.exact(line.gate.installed_at)}
            >
              {format.day(line.gate.installed_at)}
            </time>
          ) : (
            '—'
          ),
      },
      {
        id: 'account',
        head: t('entry.account'),
        width: 200,
        from: 880,
        sortValue: (line) => line.gate?.system_user ?? '',
        cell: (line) =>
          line.gate ? (
            <span className="code-s" title={line.gate.fingerprint}>
              {line.gate.system_user}
            </span>
          ) : (
            '—'
          ),
      },
      {
        id: 'act',
        head: <span className="vh">{t('act.more')}</span>,
        width: 212,
        align: 'end',
        cell: (line) => {
          if (!line.acts) return null;
          const how = standing(line);
          const names = { name: line.account.name, server: line.server.name };
          return (
            <span className="row entry-acts">
              {(how === 'none' || how === 'planned') && (
                <Button
                  size="xs"
                  aria-label={t('entry.giveNamed', names)}
                  data-testid={`give-${line.id}`}
                  onClick={() => setGiving(line)}
                >
                  {how === 'none' ? t('entry.give') : t('entry.tryAgain')}
                </Button>
              )}
              {how === 'outdated' && (
                <Button
                  size="xs"
                  aria-label={t('entry.updateNamed', names)}
                  title={t('entry.updateTitle', names)}
                  data-testid={`update-${line.id}`}
                  disabled={isPending}
                  onClick={() => mutate(line.server.id)}
                >
                  {t('entry.update')}
                </Button>
              )}
              {line.gate && (
                <Menu position="bottom-end" width={260}>
                  <Menu.Target>
                    <ActionIcon
                      size={26}
                      aria-label={t('entry.moreNamed', names)}
                      data-testid={`more-${line.id}`}
                    >
                      <IconDots />
                    </ActionIcon>
                  </Menu.Target>
                  <Menu.Dropdown>
                    <Menu.Label>{t('entry.key')}</Menu.Label>
                    <div className="entry-key code-s">
                      <span>{line.gate.fingerprint}</span>
                      <CopyButton value={line.gate.fingerprint} />
                    </div>
                    <Menu.Divider />
                    <Menu.Item
                      className="warns"
                      leftSection={<IconTrash size={16} />}
                      onClick={() => setTaking(line)}
                    >
                      {t('entry.take')}
                    </Menu.Item>
                  </Menu.Dropdown>
                </Menu>
              )}
            </span>
          );
        },
      },
    ],
    [t, format, first, version, mutate, isPending],
  );
  return (
    <>
      {update.error && (
        <div className="card-body">
          <ErrorView error={update.error} />
        </div>
      )}
      <DataTable
        inCard
        label={label}
        columns={columns.filter((column) => able.length > 0 || column.id !== 'act')}
        rows={lines}
        rowId={(line) => line.id}
        rowLabel={(line) => `${line.account.name}, ${line.server.name}, ${t(`entry.${standing(line)}`)}`}
        firstSort={{ id: first.id, desc: false }}
      />
      <GiveEntry line={giving} difference={difference} onClose={() => setGiving(null)} onBegun={begun} />
      <TakeEntry line={taking} onClose={() => setTaking(null)} onBegun={begun} />
    </>
  );
}
