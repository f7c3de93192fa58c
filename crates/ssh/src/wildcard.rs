//! OpenSSH's patterns (ssh_config(5), PATTERNS): `*`, `?`, and lists in which `!` takes out.

/// Whether `text` matches a pattern in which `*` stands for any characters and `?` for one. Takes time in
/// proportion to both lengths multiplied, whatever the pattern.
pub fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    // Where the last star stood, and how much of the text it has taken.
    let mut star: Option<(usize, usize)> = None;
    while let Some(here) = text.get(t) {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || c == here => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

/// Whether a list matches: one pattern does, and none that is negated. Letter case counts for nothing.
pub(crate) fn list_matches<'a>(patterns: impl IntoIterator<Item = &'a str>, text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let mut found = false;
    for pattern in patterns {
        let pattern = pattern.to_ascii_lowercase();
        match pattern.strip_prefix('!') {
            Some(negated) if matches(negated, &text) => return false,
            Some(_) => (),
            None => found = found || matches(&pattern, &text),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_match_as_in_openssh() {
        let check = |pattern, text, expected| {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}")
        };
        check("a.example", "a.example", true);
        check("*.example", "a.b.example", true);
        check("*.example", ".example", true);
        check("*.example", "example", false);
        check("10.0.0.?", "10.0.0.7", true);
        check("10.0.0.?", "10.0.0.17", false);
        check("*", "", true);
        check("?", "", false);
        check("a*b*c", "axxbxxbc", true);
        check("a*b*c", "axxbxxbcd", false);
        check("[*.example]:22??", "[a.example]:2222", true);
    }

    #[test]
    fn a_negated_pattern_takes_out_what_another_matches() {
        assert!(list_matches(["*.example", "!b.example"], "A.example"));
        assert!(!list_matches(["*.example", "!b.example"], "B.EXAMPLE"));
        assert!(!list_matches(["!b.example"], "a.example"));
    }

    #[test]
    fn a_pattern_of_many_stars_takes_no_time() {
        assert!(!matches(
            &format!("{}b", "*a".repeat(200)),
            &"a".repeat(2000)
        ));
    }
}
