//! What YunoHost's own forms take, so that a mistake is said before the server is asked. The forms are those of
//! YunoHost's `share/actionsmap.yml` (`pattern_username`, `pattern_domain`, `pattern_mailbox_quota`); the server still
//! has the last word.

use super::checked_text;
use super::rule::{Allowed, Rule, sized};

checked_text! {
    /// A user name on a server: small letters, digits, dots and underscores.
    UserName, user_name
}

fn user_name(text: &str) -> Result<String, Rule> {
    sized(text, 64)?;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_');
    if !text.chars().all(fits) {
        return Err(Rule::Characters {
            allowed: Allowed::UserName,
        });
    }
    Ok(text.to_owned())
}

checked_text! {
    /// A domain of a server, in small letters: at least two parts, the last of at least two letters.
    DomainName, domain_name
}

fn domain_name(text: &str) -> Result<String, Rule> {
    sized(text, 253)?;
    let fits = |c: char| (c.is_alphanumeric() && !c.is_uppercase()) || matches!(c, '-' | '.');
    if !text.chars().all(fits) {
        return Err(Rule::Characters {
            allowed: Allowed::DomainName,
        });
    }
    let labels: Vec<&str> = text.split('.').collect();
    let sound = |label: &&str| {
        !label.is_empty() && label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-')
    };
    let top = labels.last().copied().unwrap_or_default();
    let top_sound = top.chars().count() >= 2
        && (top.starts_with("xn--") || top.chars().all(char::is_alphanumeric));
    if labels.len() < 2
        || !labels.iter().all(sound)
        || !top_sound
        || top.bytes().all(|b| b.is_ascii_digit())
    {
        return Err(Rule::NotADomain);
    }
    Ok(text.to_owned())
}

checked_text! {
    /// A mailbox quota: `0` for no limit, or a number with its unit (`500M`).
    MailQuota, mail_quota
}

fn mail_quota(text: &str) -> Result<String, Rule> {
    sized(text, 16)?;
    let number = text.strip_suffix(['b', 'k', 'M', 'G', 'T']);
    let digits = |n: &str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit());
    if text == "0" || number.is_some_and(digits) {
        Ok(text.to_owned())
    } else {
        Err(Rule::NotAQuota)
    }
}

checked_text! {
    /// The path at which an app answers: `/`, or `/cloud`, without a slash at the end.
    UrlPath, url_path
}

fn url_path(text: &str) -> Result<String, Rule> {
    sized(text, 128)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '~' | '/');
    if !text.starts_with('/') || text.contains("//") || !text.chars().all(fits) {
        return Err(Rule::Characters {
            allowed: Allowed::UrlPath,
        });
    }
    if text.split('/').any(|part| matches!(part, "." | "..")) {
        return Err(Rule::Characters {
            allowed: Allowed::UrlPath,
        });
    }
    Ok(match text.trim_end_matches('/') {
        "" => "/".to_owned(),
        path => path.to_owned(),
    })
}

checked_text! {
    /// What an app is called where people open it, at most 80 characters.
    AppLabel, app_label
}

fn app_label(text: &str) -> Result<String, Rule> {
    sized(text, 80)?;
    if crate::text::line(text, 4_096) != text {
        return Err(Rule::Characters {
            allowed: Allowed::Visible,
        });
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T, const N: usize>(
        parse: fn(&str) -> Result<T, Rule>,
        cases: [(&str, Result<&str, Rule>); N],
    ) where
        T: AsRef<str>,
    {
        for (input, expected) in cases {
            assert_eq!(
                parse(input)
                    .as_ref()
                    .map(AsRef::as_ref)
                    .map_err(|rule| *rule),
                expected,
                "{input:?}"
            );
        }
    }

    #[test]
    fn a_user_name_is_what_yunohost_takes() {
        let characters = Err(Rule::Characters {
            allowed: Allowed::UserName,
        });
        check(
            UserName::parse,
            [
                ("ines", Ok("ines")),
                ("camille.morvan_2", Ok("camille.morvan_2")),
                ("Ines", characters),
                ("inès", characters),
                ("--help", characters),
                ("", Err(Rule::Required)),
            ],
        );
    }

    #[test]
    fn a_domain_has_at_least_two_parts() {
        check(
            DomainName::parse,
            [
                ("cloud.example", Ok("cloud.example")),
                ("café.example", Ok("café.example")),
                ("a-b.xn--p1ai", Ok("a-b.xn--p1ai")),
                (
                    "Cloud.example",
                    Err(Rule::Characters {
                        allowed: Allowed::DomainName,
                    }),
                ),
                ("cloud", Err(Rule::NotADomain)),
                ("192.0.2.7", Err(Rule::NotADomain)),
                ("-a.example", Err(Rule::NotADomain)),
                ("a..example", Err(Rule::NotADomain)),
                ("a.b", Err(Rule::NotADomain)),
                (
                    "a_b.example",
                    Err(Rule::Characters {
                        allowed: Allowed::DomainName,
                    }),
                ),
            ],
        );
    }

    #[test]
    fn a_quota_has_a_unit_or_is_nought() {
        let wrong = Err(Rule::NotAQuota);
        check(
            MailQuota::parse,
            [
                ("0", Ok("0")),
                ("500M", Ok("500M")),
                ("500", wrong),
                ("M", wrong),
                ("-1G", wrong),
                ("5 G", wrong),
            ],
        );
    }

    #[test]
    fn a_path_begins_with_a_slash_and_stays_inside() {
        let wrong = Err(Rule::Characters {
            allowed: Allowed::UrlPath,
        });
        check(
            UrlPath::parse,
            [
                ("/", Ok("/")),
                ("/cloud/", Ok("/cloud")),
                ("/a/b-c_d", Ok("/a/b-c_d")),
                ("cloud", wrong),
                ("//evil.example", wrong),
                ("/a/../b", wrong),
                ("/a b", wrong),
                ("/a?x=1", wrong),
            ],
        );
    }

    #[test]
    fn a_label_is_text_that_can_be_seen() {
        let wrong = Err(Rule::Characters {
            allowed: Allowed::Visible,
        });
        check(
            AppLabel::parse,
            [
                ("Fichiers & notes", Ok("Fichiers & notes")),
                ("a\u{202E}b", wrong),
                ("a\nb", wrong),
            ],
        );
    }
}
