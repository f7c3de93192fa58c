//! Text made comparable: for search (letter case and accents do not count), and for sorting versions.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// `text` in small letters, without accents, ligatures opened, white space as single blanks:
/// "  Élan  Œuvre" gives "elan oeuvre". What is searched and what is searched for both go through it.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut blank = false;
    for letter in text
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
    {
        if letter.is_whitespace() || letter.is_control() {
            blank = true;
            continue;
        }
        if blank && !folded.is_empty() {
            folded.push(' ');
        }
        blank = false;
        match letter {
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            'ß' => folded.push_str("ss"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            '’' => folded.push('\''),
            other => folded.push(other),
        }
    }
    folded
}

/// The three words looked for in `text`: all must be found. A fourth and later ones stay with the third, as typed.
/// Absent ones are empty, which is found everywhere.
pub(crate) fn words(text: &str) -> [String; 3] {
    let folded = fold(text);
    let mut words = folded.splitn(3, ' ').map(str::to_owned);
    std::array::from_fn(|_| words.next().unwrap_or_default())
}

/// A text that sorts as the version does: each number is filled up to six digits, so that 12.1.3 comes before
/// 12.1.25; a pre-release ("~", "-rc") stays a text after its numbers. YunoHost's apps number as `1.2.3~ynh4`.
pub fn sortable_version(version: &str) -> String {
    let mut key = String::with_capacity(version.len() * 2);
    let mut digits = String::new();
    for letter in version.trim().chars().chain(['\0']) {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        if !digits.is_empty() {
            key.push_str(&format!("{:0>6}", digits.trim_start_matches('0')));
            digits.clear();
        }
        if letter != '\0' {
            key.push(letter);
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_ligatures_and_blanks_do_not_count_in_a_search() {
        let check = |input: &str, expected: &str| assert_eq!(fold(input), expected, "{input}");
        check("Élan", "elan");
        check("E\u{301}lan", "elan");
        check("  Cœur\t de  BŒUF ", "coeur de boeuf");
        check("Straße Łódź Ærø", "strasse lodz aero");
        check("Tour & Cie", "tour & cie");
        check("l’Hortense", "l'hortense");
        check("ﬁchier", "fichier");
        check("İzmir", "izmir");
        check("", "");
    }

    #[test]
    fn up_to_three_words_are_looked_for_and_the_rest_stays_together() {
        let check =
            |input: &str, expected: [&str; 3]| assert_eq!(words(input), expected, "{input}");
        check("", ["", "", ""]);
        check("Glycines", ["glycines", "", ""]);
        check(" a  b c d ", ["a", "b", "c d"]);
    }

    #[test]
    fn versions_sort_as_numbers() {
        let mut versions = vec![
            "12.1.25",
            "12.1.3",
            "11.3.0",
            "12.0.17",
            "12.1",
            "2.0.0~ynh10",
            "2.0.0~ynh9",
            "012.1.4",
        ];
        versions.sort_by_key(|v| sortable_version(v));
        assert_eq!(
            versions,
            [
                "2.0.0~ynh9",
                "2.0.0~ynh10",
                "11.3.0",
                "12.0.17",
                "12.1",
                "12.1.3",
                "012.1.4",
                "12.1.25"
            ]
        );
    }
}
