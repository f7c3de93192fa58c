//! Text for bash and for systemd, quoted.

/// One word of bash, whatever is in it.
pub(super) fn word(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A list of bash's.
pub(super) fn array<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let words: Vec<String> = texts.into_iter().map(word).collect();
    format!("({})", words.join(" "))
}

/// A value in a file of systemd's EnvironmentFile, which the app's program reads too.
pub(super) fn env_value(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        if matches!(c, '\\' | '"' | '`' | '$') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// A value for PHP-FPM's pool, in single quotes, where nothing is expanded. A quote in it cannot be written there.
pub(super) fn fpm_value(text: &str) -> String {
    format!("'{}'", text.replace('\'', "\u{2019}"))
}
