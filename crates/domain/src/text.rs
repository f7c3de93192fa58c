//! Text from a server is hostile: it may hold terminal escapes, characters that turn the reading direction, invisible
//! ones, or be endless. Here it becomes text that is harmless to show and to store. Escaping for HTML or a shell is
//! left to who writes those.

use std::fmt::Write as _;

/// `text` as one line of at most `max` characters: control and bidi characters are replaced by visible signs (a line
/// break becomes `␊`), and a cut is marked with `…`, which counts.
#[must_use]
pub fn line(text: &str, max: usize) -> String {
    shown(text.trim_end_matches(['\r', '\n']), max, false)
}

/// As [`line`], but line breaks and tabs stay what they are, and `\r\n` becomes `\n`.
#[must_use]
pub fn lines(text: &str, max: usize) -> String {
    shown(&text.replace("\r\n", "\n"), max, true)
}

fn shown(text: &str, max: usize, keep_breaks: bool) -> String {
    let mut out = String::with_capacity(text.len().min(max.saturating_mul(4)));
    let mut used = 0_usize;
    let mut end = 0_usize; // where to cut, should the next sign not fit
    let mut before = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let start = out.len();
        let stays = match c {
            '\n' | '\t' => keep_breaks,
            '\u{200C}' | '\u{200D}' => joins(before, rest.peek().copied()),
            _ => false,
        };
        if stays {
            out.push(c);
        } else {
            push_visible(&mut out, c);
        }
        let added = out.get(start..).map_or(0, |sign| sign.chars().count());
        if used.saturating_add(added) > max {
            out.truncate(end);
            if max > 0 {
                out.push('…');
            }
            return out;
        }
        used += added;
        if used < max {
            end = out.len();
        }
        before = Some(c);
    }
    out
}

/// Joiners belong inside emoji and inside some scripts; between Latin letters they only hide.
fn joins(before: Option<char>, after: Option<char>) -> bool {
    let beyond_latin = |c: Option<char>| c.is_some_and(|c| c > '\u{024F}' && !hidden(c));
    beyond_latin(before) && beyond_latin(after)
}

fn push_visible(out: &mut String, c: char) {
    match c {
        '\u{0}'..='\u{1F}' => out.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{FFFD}')),
        '\u{7F}' => out.push('␡'),
        _ if hidden(c) => {
            let _ = write!(out, "⟨U+{:04X}⟩", u32::from(c)); // writing to a String cannot fail
        }
        _ => out.push(c),
    }
}

/// Characters that show nothing of themselves, or change how others are shown: C1 controls, Unicode's bidirectional
/// controls (UAX #9), zero-width and other format characters, separators of lines and paragraphs, tags, non-characters.
fn hidden(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{9F}' | '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{FFFE}' | '\u{FFFF}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expected: &str) {
        assert_eq!(line(input, 40), expected, "{input:?}");
    }

    #[test]
    fn control_characters_are_seen_and_do_nothing() {
        check("plain, œuvre, 漢字", "plain, œuvre, 漢字");
        check("\u{1b}[31mred\u{1b}[0m", "␛[31mred␛[0m");
        check("a\0b\u{7}c\u{7f}", "a␀b␇c␡");
        check("two\nlines\tand\r\n", "two␊lines␉and");
        check("c1 \u{9b}31m", "c1 ⟨U+009B⟩31m");
    }

    #[test]
    fn a_name_that_turns_the_reading_direction_shows_that_it_does() {
        check("invoice\u{202E}fdp.exe", "invoice⟨U+202E⟩fdp.exe");
        check("a\u{2066}b\u{2069}", "a⟨U+2066⟩b⟨U+2069⟩");
        check("pay\u{200B}pal", "pay⟨U+200B⟩pal");
        check("pay\u{200D}pal", "pay⟨U+200D⟩pal");
        check("\u{FEFF}bom", "⟨U+FEFF⟩bom");
    }

    #[test]
    fn joiners_stay_where_they_belong() {
        check("👩\u{200D}🚒", "👩\u{200D}🚒");
        check("می\u{200C}خواهم", "می\u{200C}خواهم");
    }

    #[test]
    fn a_text_too_long_is_cut_and_shows_it() {
        assert_eq!(line("abcdef", 6), "abcdef");
        assert_eq!(line("abcdefg", 6), "abcde…");
        assert_eq!(line("é".repeat(10_000).as_str(), 5).chars().count(), 5);
        assert_eq!(line("ab\u{202E}cd", 6), "ab…", "a sign is never cut in two");
        assert_eq!(line("abc", 0), "");
        assert_eq!(line("abc", 1), "…");
    }

    #[test]
    fn what_is_given_is_never_longer_than_asked_and_never_holds_a_control_character() {
        // Every code point in turn, in the middle of a word, at several bounds.
        for code in 0..=0x10_FFFF_u32 {
            let Some(c) = char::from_u32(code) else {
                continue;
            };
            let shown = line(&format!("x{c}y"), 6);
            assert!(shown.chars().count() <= 6, "U+{code:04X}");
            assert!(!shown.chars().any(char::is_control), "U+{code:04X}");
        }
    }

    #[test]
    fn the_lines_of_a_text_stay_lines() {
        assert_eq!(lines("one\r\ntwo\n\tthree\u{1b}", 40), "one\ntwo\n\tthree␛");
    }
}
