/** Renders a part with what it needs around it. */
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { type RenderResult, render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { startI18n } from '../shared/i18n';
import { newQueryClient } from '../shared/queries';
import { cssVariables, theme } from '../shared/theme';

export function show(part: ReactNode): RenderResult {
  startI18n('en');
  return render(
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} env="test">
      <QueryClientProvider client={newQueryClient()}>{part}</QueryClientProvider>
    </MantineProvider>,
  );
}
