/** The mark: a crenellated crown over two storeys, the upper one lit. */
export function Logo({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden style={{ flex: 'none' }}>
      <rect width="32" height="32" rx="7" fill="#0A3E4E" />
      <path
        d="M6 6.5h4v2.6h4V6.5h4v2.6h4V6.5h4V12a1.6 1.6 0 0 1-1.6 1.6H7.6A1.6 1.6 0 0 1 6 12z"
        fill="#fff"
      />
      <rect x="11" y="15.4" width="10" height="4.6" rx="1.2" fill="#F5B82E" />
      <rect x="11" y="21.6" width="10" height="4.6" rx="1.2" fill="#fff" />
    </svg>
  );
}
