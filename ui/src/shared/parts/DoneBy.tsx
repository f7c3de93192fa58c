/** What is not done with one's role: said, with who can be asked, instead of a button that would be dead. */
import { IconBan } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Privilege } from '../contract';
import { usePrivilege } from '../policy';
import { Strip } from './Strip';

export function DoneBy({ privilege, what }: { privilege: Privilege; what: string }) {
  const { t } = useTranslation();
  const asked = usePrivilege(privilege);
  if (!asked) return null;
  const who = asked.who.map((role) => t(`role.${role}`)).join(', ');
  return (
    <Strip tone="off" icon={<IconBan />}>
      {t('notYours.doneBy', { what, who: who.toLocaleLowerCase() })}
    </Strip>
  );
}
