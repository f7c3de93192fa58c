//! The names that people give: servers, tags, workspaces, themselves.

use super::checked_text;
use super::rule::{Allowed, Rule, sized};

checked_text! {
    /// What a server is called in the fleet, at most 63 characters.
    ServerName, server_name
}

fn server_name(text: &str) -> Result<String, Rule> {
    sized(text, 63)?;
    let fits = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '.' | '-' | '_');
    if !begins_with(text, char::is_alphanumeric) || !text.chars().all(fits) {
        return Err(Rule::Characters {
            allowed: Allowed::ServerName,
        });
    }
    Ok(text.to_owned())
}

checked_text! {
    /// A word to group servers by, at most 32 characters, kept in small letters.
    Tag, tag
}

fn tag(text: &str) -> Result<String, Rule> {
    sized(text, 32)?;
    let text = text.to_lowercase();
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    if !begins_with(&text, char::is_alphanumeric) || !text.chars().all(fits) {
        return Err(Rule::Characters {
            allowed: Allowed::Tag,
        });
    }
    Ok(text)
}

checked_text! {
    /// A workspace's name, at most 60 characters. It names a folder on every system, so what Windows refuses is refused.
    WorkspaceName, workspace_name
}

/// Names that Windows keeps for devices, whatever follows the first dot
/// (Microsoft, "Naming Files, Paths, and Namespaces").
const DEVICES: [&str; 4] = ["CON", "PRN", "AUX", "NUL"];

fn workspace_name(text: &str) -> Result<String, Rule> {
    sized(text, 60)?;
    let fits = |c: char| {
        c.is_alphanumeric() || matches!(c, ' ' | '.' | '-' | '_' | '&' | '\'' | '’' | '(' | ')')
    };
    if !begins_with(text, char::is_alphanumeric) || text.ends_with('.') || !text.chars().all(fits) {
        return Err(Rule::Characters {
            allowed: Allowed::WorkspaceName,
        });
    }
    let stem = text
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_ascii_uppercase();
    let numbered = ["COM", "LPT"].iter().any(|device| {
        stem.strip_prefix(device)
            .is_some_and(|n| n.chars().count() == 1 && n.chars().all(|c| c.is_numeric()))
    });
    if numbered || DEVICES.contains(&stem.as_str()) {
        return Err(Rule::Reserved);
    }
    Ok(text.to_owned())
}

checked_text! {
    /// A person's full name, at most 80 characters. YunoHost asks the same of its users' full names.
    PersonName, person_name
}

fn person_name(text: &str) -> Result<String, Rule> {
    sized(text, 80)?;
    let fits = |c: char| {
        c.is_alphanumeric() || is_mark(c) || matches!(c, ' ' | '.' | ',' | '-' | '\'' | '’')
    };
    if !begins_with(text, char::is_alphabetic) || !text.chars().all(fits) {
        return Err(Rule::Characters {
            allowed: Allowed::PersonName,
        });
    }
    Ok(text.to_owned())
}

/// Combining marks, for names typed in decomposed form.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{34E}' | '\u{350}'..='\u{36F}')
}

fn begins_with(text: &str, test: fn(char) -> bool) -> bool {
    text.chars().next().is_some_and(test)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_name_is_letters_digits_and_little_else() {
        let characters = Err(Rule::Characters {
            allowed: Allowed::ServerName,
        });
        for (input, expected) in [
            ("saint-aubrac-01", Ok("saint-aubrac-01")),
            (" Guérande Sud 2 ", Ok("Guérande Sud 2")),
            ("", Err(Rule::Required)),
            ("-rf", characters),
            ("../x", characters),
            ("a\u{202E}b", characters),
            ("a\tb", characters),
            ("<b>", characters),
        ] {
            let parsed = ServerName::parse(input);
            assert_eq!(
                parsed
                    .as_ref()
                    .map(ServerName::as_str)
                    .map_err(|rule| *rule),
                expected,
                "{input:?}"
            );
        }
        assert!(
            ServerName::parse(&"é".repeat(63)).is_ok(),
            "characters are counted, not bytes"
        );
        assert_eq!(
            ServerName::parse(&"a".repeat(64)),
            Err(Rule::TooLong { max: 63 })
        );
    }

    #[test]
    fn a_tag_is_kept_in_small_letters() {
        assert_eq!(Tag::parse("HDS").unwrap().as_str(), "hds");
        assert_eq!(
            Tag::parse("site:Guérande").unwrap().as_str(),
            "site:guérande"
        );
        assert_eq!(
            Tag::parse("two words"),
            Err(Rule::Characters {
                allowed: Allowed::Tag
            })
        );
    }

    #[test]
    fn a_workspace_name_can_name_a_folder_everywhere() {
        let characters = Err(Rule::Characters {
            allowed: Allowed::WorkspaceName,
        });
        for (input, expected) in [
            ("Tour & Cie", Ok("Tour & Cie")),
            ("L’atelier (essai)", Ok("L’atelier (essai)")),
            ("a/b", characters),
            ("a\\b", characters),
            ("a:b", characters),
            (".hidden", characters),
            ("ends.", characters),
            ("..", characters),
            ("a\0b", characters),
            ("con", Err(Rule::Reserved)),
            ("Nul.txt", Err(Rule::Reserved)),
            ("COM1", Err(Rule::Reserved)),
            ("lpt9 .x", Err(Rule::Reserved)),
            ("COM10", Ok("COM10")),
            ("Console", Ok("Console")),
        ] {
            let parsed = WorkspaceName::parse(input);
            assert_eq!(
                parsed
                    .as_ref()
                    .map(WorkspaceName::as_str)
                    .map_err(|rule| *rule),
                expected,
                "{input:?}"
            );
        }
    }

    #[test]
    fn a_person_has_a_name_of_any_alphabet() {
        for name in [
            "Inès Calvet",
            "Camille Morvan",
            "Jean-Noël d’Arc",
            "Ine\u{300}s",
            "Ольга",
            "李 小龙",
        ] {
            assert!(PersonName::parse(name).is_ok(), "{name}");
        }
        for name in ["<script>", "a;b", "123", "-", "a\u{202E}b", "a\nb"] {
            assert_eq!(
                PersonName::parse(name),
                Err(Rule::Characters {
                    allowed: Allowed::PersonName
                }),
                "{name}"
            );
        }
    }
}
