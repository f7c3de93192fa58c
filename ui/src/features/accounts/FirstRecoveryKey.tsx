/** The recovery key of the first administrator, right after the workspace was made. */
import { useState } from 'react';
import { takeRecoveryOffer } from '../../shared/firstRecovery';
import { RecoveryKeyDialog } from './RecoveryKeyDialog';

export function FirstRecoveryKey() {
  const [password, setPassword] = useState(takeRecoveryOffer);
  return password === null ? null : (
    <RecoveryKeyDialog password={password} onClose={() => setPassword(null)} />
  );
}
