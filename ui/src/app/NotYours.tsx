/** A page that the role does not hold: what it is, and who can be asked. Nothing of it was read. */
import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Privilege } from '../shared/contract';
import { useCrumbs } from '../shared/crumbs';
import { EmptyState } from '../shared/parts/Strip';
import { usePrivilege } from '../shared/policy';
import { useWords } from '../shared/useWords';

export function NotYours({ needs }: { needs: Privilege }) {
  const { t } = useTranslation();
  const say = useWords();
  const navigate = useNavigate();
  const asked = usePrivilege(needs);
  useCrumbs([{ label: t('notYours.title') }]);
  return (
    <div className="page" data-testid="not-yours">
      <EmptyState
        title={t('notYours.title')}
        ways={
          <Button variant="filled" onClick={() => void navigate({ to: '/' })}>
            {t('notYours.home')}
          </Button>
        }
      >
        {asked &&
          t('notYours.text', {
            what: say(asked.words),
            who: asked.who.map((role) => t(`role.${role}`)).join(', '),
          })}
      </EmptyState>
    </div>
  );
}
