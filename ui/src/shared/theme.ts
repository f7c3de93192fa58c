/**
 * Mantine's theme: sizes, radii and palettes of the design. Surfaces, text and state colours are CSS
 * variables in theme.css, because both schemes and our own parts read them.
 */
import {
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
  type MantineThemeComponent,
} from '@mantine/core';

const lagoon: MantineColorsTuple = [
  '#EDF7F9',
  '#D6ECF1',
  '#AFD9E3',
  '#7FC2D3',
  '#4DA8BF',
  '#258DA8',
  '#12768F',
  '#0E6178',
  '#0C5064',
  '#0A3E4E',
];
const gray: MantineColorsTuple = [
  '#F6F8F8',
  '#EFF2F3',
  '#E4E9EA',
  '#D3DADD',
  '#B3BDC1',
  '#879398',
  '#5E6B70',
  '#434F54',
  '#293338',
  '#141B1F',
];
const dark: MantineColorsTuple = [
  '#E3E9EB',
  '#C2CBCE',
  '#98A4A9',
  '#6C787D',
  '#3B464B',
  '#2B3438',
  '#20282C',
  '#161C1F',
  '#111618',
  '#0B0F11',
];
const red: MantineColorsTuple = [
  '#FDEEED',
  '#F9DAD8',
  '#F3C3C0',
  '#EB9C98',
  '#E0706B',
  '#D2453F',
  '#BD2A27',
  '#A32320',
  '#861C1A',
  '#651513',
];

const BUTTON = {
  xs: { height: 26, padding: 9, font: 12 },
  sm: { height: 32, padding: 12, font: 13 },
  md: { height: 36, padding: 16, font: 13 },
} as const;

function buttonSize(size: unknown): (typeof BUTTON)[keyof typeof BUTTON] {
  return size === 'xs' || size === 'md' ? BUTTON[size] : BUTTON.sm;
}

const loaderProps = { size: 14 };
const fieldProps = {
  size: 'sm' as const,
  inputWrapperOrder: ['label', 'input', 'description', 'error'] as (
    | 'label'
    | 'input'
    | 'description'
    | 'error'
  )[],
};

/**
 * Defaults of a part by its name. `Part.extend` says the same, but would bring every part into the first bundle.
 */
function part(defaults: MantineThemeComponent): MantineThemeComponent {
  return defaults;
}

export const theme = createTheme({
  primaryColor: 'lagoon',
  primaryShade: { light: 6, dark: 6 },
  colors: { lagoon, gray, dark, red },
  black: '#141B1F',
  defaultRadius: 'md',
  cursorType: 'default',
  focusRing: 'auto',
  fontFamily: '"Inter Variable", system-ui, sans-serif',
  fontFamilyMonospace: '"JetBrains Mono Variable", ui-monospace, monospace',
  fontSizes: { xs: '11px', sm: '12px', md: '13px', lg: '15px', xl: '18px' },
  lineHeights: { xs: '16px', sm: '18px', md: '20px', lg: '22px', xl: '26px' },
  radius: { xs: '3px', sm: '4px', md: '6px', lg: '8px', xl: '12px' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  headings: { fontWeight: '620' },
  respectReducedMotion: true,
  components: {
    Button: part({
      defaultProps: { size: 'sm', variant: 'default', loaderProps },
      vars: (_theme: unknown, props: { size?: unknown }) => {
        const { height, padding, font } = buttonSize(props.size);
        return {
          root: {
            '--button-height': `${height}px`,
            '--button-padding-x': `${padding}px`,
            '--button-fz': `${font}px`,
          },
        };
      },
    }),
    ActionIcon: part({ defaultProps: { variant: 'subtle', color: 'gray', size: 28 } }),
    TextInput: part({ defaultProps: fieldProps }),
    PasswordInput: part({ defaultProps: fieldProps }),
    Textarea: part({ defaultProps: fieldProps }),
    Select: part({
      defaultProps: {
        ...fieldProps,
        allowDeselect: false,
        comboboxProps: { shadow: 'none', transitionProps: { duration: 120 } },
      },
    }),
    Checkbox: part({ defaultProps: { size: 'xs', radius: 'sm' } }),
    Radio: part({ defaultProps: { size: 'xs' } }),
    Loader: part({ defaultProps: { size: 14 } }),
    Menu: part({ defaultProps: { shadow: 'none', radius: 'lg', transitionProps: { duration: 120 } } }),
    Popover: part({
      defaultProps: { shadow: 'none', radius: 'lg', transitionProps: { duration: 120 } },
    }),
    Modal: part({
      defaultProps: {
        radius: 'xl',
        centered: true,
        withCloseButton: false,
        overlayProps: { backgroundOpacity: 0.35, blur: 0 },
        transitionProps: { transition: 'fade', duration: 160 },
        shadow: 'none',
      },
    }),
    Tabs: part({ defaultProps: { keepMounted: false } }),
    Tooltip: part({ defaultProps: { openDelay: 400, transitionProps: { duration: 120 }, fz: 12 } }),
  },
});

/** Mantine's own colour variables, told to follow ours. */
export const cssVariables: CSSVariablesResolver = () => {
  const ours = {
    '--mantine-color-text': 'var(--t1)',
    '--mantine-color-body': 'var(--canvas)',
    '--mantine-color-dimmed': 'var(--t3)',
    '--mantine-color-placeholder': 'var(--t3)',
    '--mantine-color-anchor': 'var(--accent)',
    '--mantine-color-error': 'var(--fail)',
    '--mantine-color-default': 'var(--canvas)',
    '--mantine-color-default-hover': 'var(--hover)',
    '--mantine-color-default-color': 'var(--t1)',
    '--mantine-color-default-border': 'var(--line2)',
    '--mantine-color-disabled': 'var(--off-bg)',
    '--mantine-color-disabled-color': 'var(--t3)',
    '--mantine-primary-color-light': 'var(--accent-bg)',
    '--mantine-primary-color-light-color': 'var(--accent)',
  };
  return { variables: {}, light: ours, dark: ours };
};
