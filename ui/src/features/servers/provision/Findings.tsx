/** What was found on the machine before anything is done to it: what stands in the way first, what is well last. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Preflight, PreflightFinding, Verdict } from '../../../shared/contract';
import { Card } from '../../../shared/parts/Card';
import { type Tone, ToneIcon } from '../../../shared/parts/State';
import { Strip } from '../../../shared/parts/Strip';
import { useWords } from '../../../shared/useWords';
import { visible } from '../../../shared/visible';

const TONE: Record<Verdict, Tone> = { stop: 'fail', warn: 'warn', fine: 'ok' };

export function countOf(found: Preflight, verdict: Verdict): number {
  return found.findings.filter((each) => each.verdict === verdict).length;
}

export function Findings({ found, name }: { found: Preflight; name: string }) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  const stops = countOf(found, 'stop');
  const warns = countOf(found, 'warn');
  const matter = found.findings.filter((each) => each.verdict !== 'fine');
  const fine = found.findings.filter((each) => each.verdict === 'fine');
  return (
    <>
      {found.may_begin ? (
        <Strip
          tone={warns > 0 ? 'warn' : 'ok'}
          strong={warns > 0 ? t('provision.mayWith', { count: warns }) : t('provision.may', { name })}
        >
          {t(`provision.startText.${found.beginning}`)}
        </Strip>
      ) : (
        <Strip tone="fail" strong={t('provision.mayNot', { count: stops })}>
          {t('provision.mayNotText')}
        </Strip>
      )}
      <Card
        title={t('provision.findings')}
        count={found.findings.length}
        aside={<span className="small t3">{t('provision.nothingChanged')}</span>}
        flush
        testid="findings"
      >
        <ul className="found">
          {matter.map((finding) => (
            <Finding key={finding.check} finding={finding} />
          ))}
          {all && fine.map((finding) => <Finding key={finding.check} finding={finding} />)}
        </ul>
        {fine.length > 0 && (
          <div className="card-more">
            <button type="button" className="link small" onClick={() => setAll((before) => !before)}>
              {all ? t('provision.fineLess') : t('provision.fine', { count: fine.length })}
            </button>
          </div>
        )}
      </Card>
    </>
  );
}

export function Finding({ finding }: { finding: PreflightFinding }) {
  const { t } = useTranslation();
  const say = useWords();
  return (
    <li data-verdict={finding.verdict} data-testid={`finding-${finding.check}`}>
      <ToneIcon tone={TONE[finding.verdict]} />
      <span className="vh">{t(`provision.verdict.${finding.verdict}`)}</span>
      <span>{visible(say(finding.words))}</span>
    </li>
  );
}
