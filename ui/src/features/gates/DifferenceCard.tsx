/** What an entry is beside YunoHost's own administrator: read where one chooses between them. */
import { useTranslation } from 'react-i18next';
import { Card } from '../../shared/parts/Card';

const ROWS = ['where', 'key', 'others', 'console', 'stolen'] as const;

export function DifferenceCard() {
  const { t } = useTranslation();
  return (
    <Card title={t('entry.difference')} flush>
      <table className="entry-compare" aria-label={t('entry.difference')}>
        <thead>
          <tr>
            <td />
            <th scope="col">{t('entry.with')}</th>
            <th scope="col">{t('entry.as')}</th>
          </tr>
        </thead>
        <tbody>
          {ROWS.map((row) => (
            <tr key={row}>
              <th scope="row">{t(`entry.differenceRow.${row}`)}</th>
              <td>{t(`entry.entryIs.${row}`)}</td>
              <td>{t(`entry.adminIs.${row}`)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
