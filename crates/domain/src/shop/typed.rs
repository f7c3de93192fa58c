//! Numbers as people type them, in French or in English: what may stand between thousands and before decimals.

use super::fault::Fault;

/// The number that a person typed, in units of its last decimal. No sign, no currency.
pub(super) fn typed(text: &str, decimals: u32) -> Result<i128, Fault> {
    if text.is_empty() {
        return Err(crate::field::Rule::Required.into());
    }
    let (whole, fraction) = match decimal_sign(text, decimals)? {
        Some(at) => {
            let (whole, rest) = text.split_at(at);
            let fraction = rest.get(1..).unwrap_or_default();
            if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
                return Err(Fault::NotANumber);
            }
            if fraction.len() > decimals as usize {
                return Err(Fault::TooManyDecimals { most: decimals });
            }
            (whole, fraction)
        }
        None => (text, ""),
    };
    let width = decimals as usize;
    let digits = format!("{}{fraction:0<width$}", ungrouped(whole)?);
    if digits.trim_start_matches('0').len() > 18 {
        return Err(Fault::TooLarge);
    }
    digits.parse().map_err(|_| Fault::NotANumber)
}

/// Where the decimal sign is, if there is one.
fn decimal_sign(text: &str, decimals: u32) -> Result<Option<usize>, Fault> {
    let marks: Vec<(usize, char)> = text
        .char_indices()
        .filter(|(_, c)| matches!(c, '.' | ','))
        .collect();
    match marks.as_slice() {
        [] => Ok(None),
        [(at, _)] => {
            let (whole, after) = (
                text.get(..*at).unwrap_or_default(),
                text.get(at + 1..).unwrap_or_default(),
            );
            let may_be_thousands = (1..=3).contains(&whole.len())
                && !whole.starts_with('0')
                && whole.bytes().all(|b| b.is_ascii_digit())
                && after.len() == 3
                && after.bytes().all(|b| b.is_ascii_digit());
            match (may_be_thousands, decimals) {
                (true, 0) => Ok(None),
                (true, _) => Err(Fault::Ambiguous),
                (false, _) => Ok(Some(*at)),
            }
        }
        [others @ .., (at, last)] if others.iter().all(|(_, c)| c != last) => Ok(Some(*at)),
        _ => Ok(None),
    }
}

/// The digits of whole thousands, when what stands between them stands where it should.
fn ungrouped(whole: &str) -> Result<String, Fault> {
    let mut between = whole.chars().filter(|c| !c.is_ascii_digit());
    let first = between.next();
    if between.any(|c| Some(c) != first) {
        return Err(Fault::NotANumber);
    }
    let groups: Vec<&str> = match first {
        None => vec![whole],
        Some(c) if c.is_whitespace() || matches!(c, '\'' | '’' | '.' | ',') => {
            whole.split(c).collect()
        }
        Some(_) => return Err(Fault::NotANumber),
    };
    let fits = match groups.as_slice() {
        [one] => !one.is_empty(),
        [head, rest @ ..] => {
            (1..=3).contains(&head.len()) && rest.iter().all(|group| group.len() == 3)
        }
        [] => false,
    };
    if fits {
        Ok(groups.concat())
    } else {
        Err(Fault::NotANumber)
    }
}
