//! Check digits of VAT numbers, country by country, over the number without its prefix. The algorithms are those that the
//! countries publish, as collected by the European Commission for VIES; `tests/vat_numbers.rs` holds them against numbers
//! that another program made.

/// What is wrong with a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bad {
    /// It does not have the form of one.
    Form,
    /// Its check digits do not fit.
    Check,
}

type Outcome = Result<(), Bad>;

/// The rule of this country, if there is one here.
pub(super) fn rule(country: &str) -> Option<fn(&str) -> Outcome> {
    Some(match country {
        "AT" => austria,
        "BE" => belgium,
        "BG" => bulgaria,
        "CH" => switzerland,
        "CY" => cyprus,
        "CZ" => czechia,
        "DE" => germany,
        "DK" => denmark,
        "EE" => estonia,
        "ES" => spain,
        "FI" => finland,
        "FR" => france,
        "GB" => britain,
        "GR" => greece,
        "HR" => |body| sure(iso_7064(&exact::<11>(body)?)),
        "HU" => hungary,
        "IE" => ireland,
        "IT" => italy,
        "LT" => lithuania,
        "LU" => luxembourg,
        "LV" => latvia,
        "MT" => malta,
        "NL" => netherlands,
        "NO" => norway,
        "PL" => poland,
        "PT" => portugal,
        "RO" => romania,
        "SE" => sweden,
        "SI" => slovenia,
        "SK" => slovakia,
        _ => return None,
    })
}

/// Exactly so many digits.
fn exact<const N: usize>(body: &str) -> Result<[u32; N], Bad> {
    digits(body)?.try_into().map_err(|_| Bad::Form)
}

/// Digits alone.
fn digits(body: &str) -> Result<Vec<u32>, Bad> {
    body.chars()
        .map(|c| c.to_digit(10).ok_or(Bad::Form))
        .collect()
}

/// The part of a text that is there; another form otherwise.
fn part(body: &str, range: impl std::slice::SliceIndex<str, Output = str>) -> Result<&str, Bad> {
    body.get(range).ok_or(Bad::Form)
}

fn sure(fits: bool) -> Outcome {
    if fits { Ok(()) } else { Err(Bad::Check) }
}

fn formed(fits: bool) -> Outcome {
    if fits { Ok(()) } else { Err(Bad::Form) }
}

fn weighed(digits: &[u32], weights: impl IntoIterator<Item = u32>) -> u32 {
    digits
        .iter()
        .zip(weights)
        .map(|(digit, weight)| digit * weight)
        .sum()
}

fn number(digits: &[u32]) -> u64 {
    digits
        .iter()
        .fold(0, |number, &digit| number * 10 + u64::from(digit))
}

/// The sum of Luhn, doubling every other digit from the right, the last one single.
fn luhn(digits: &[u32]) -> u32 {
    let values = digits.iter().rev().enumerate().map(|(n, &digit)| {
        let value = if n % 2 == 1 { digit * 2 } else { digit };
        value / 10 + value % 10
    });
    values.sum()
}

/// ISO 7064, MOD 11,10.
fn iso_7064(digits: &[u32]) -> bool {
    let Some((last, rest)) = digits.split_last() else {
        return false;
    };
    let product = rest.iter().fold(10, |product, digit| {
        let sum = match (digit + product) % 10 {
            0 => 10,
            sum => sum,
        };
        2 * sum % 11
    });
    (11 - product) % 10 == *last
}

fn austria(body: &str) -> Outcome {
    let [head @ .., last] = exact::<8>(body.strip_prefix('U').ok_or(Bad::Form)?)?;
    let sum: u32 = head
        .iter()
        .enumerate()
        .map(|(n, &digit)| if n % 2 == 1 { digit * 2 } else { digit })
        .map(|value| value / 10 + value % 10)
        .sum();
    sure((96 - sum) % 10 == last)
}

fn belgium(body: &str) -> Outcome {
    // Numbers of nine digits are older; they have a zero in front now.
    let d = match body.len() {
        9 => exact::<10>(&format!("0{body}"))?,
        _ => exact::<10>(body)?,
    };
    formed(d[0] <= 1)?;
    let [head @ .., tens, ones] = d;
    sure(97 - number(&head) % 97 == number(&[tens, ones]))
}

fn bulgaria(body: &str) -> Outcome {
    if body.len() == 9 {
        let [head @ .., last] = exact::<9>(body)?;
        let check = match weighed(&head, 1..) % 11 {
            10 => weighed(&head, 3..) % 11 % 10,
            check => check,
        };
        return sure(check == last);
    }
    let [head @ .., last] = exact::<10>(body)?;
    let citizen = weighed(&head, [2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10;
    let foreigner = weighed(&head, [21, 19, 17, 13, 11, 9, 7, 3, 1]) % 10;
    let other = (11 - weighed(&head, [4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    sure([citizen, foreigner, other].contains(&last))
}

fn switzerland(body: &str) -> Outcome {
    let [head @ .., last] = exact::<9>(body)?;
    sure((11 - weighed(&head, [5, 4, 3, 2, 7, 6, 5, 4]) % 11) % 11 == last)
}

fn cyprus(body: &str) -> Outcome {
    let d = exact::<8>(part(body, ..8)?)?;
    let letter = match part(body, 8..)?.as_bytes() {
        [letter @ b'A'..=b'Z'] => *letter,
        _ => return Err(Bad::Form),
    };
    formed(!body.starts_with("12"))?;
    let sum: u32 = d
        .iter()
        .enumerate()
        .map(|(n, &digit)| match (n % 2, digit) {
            (1, digit) => digit,
            (_, 0) => 1,
            (_, 1) => 0,
            (_, digit @ 2..=4) => digit * 2 + 1,
            (_, digit) => digit * 2 + 3,
        })
        .sum();
    sure(sum % 26 == u32::from(letter - b'A'))
}

fn czechia(body: &str) -> Outcome {
    // Nine and ten digits are personal numbers: form alone.
    if matches!(body.len(), 9 | 10) {
        return digits(body).map(drop);
    }
    let [head @ .., last] = exact::<8>(body)?;
    formed(head[0] != 9)?;
    let check = match (11 - weighed(&head, (2..=8).rev()) % 11) % 11 {
        0 => 1,
        check => check % 10,
    };
    sure(check == last)
}

fn germany(body: &str) -> Outcome {
    let d = exact::<9>(body)?;
    formed(d[0] != 0)?;
    sure(iso_7064(&d))
}

fn denmark(body: &str) -> Outcome {
    let d = exact::<8>(body)?;
    formed(d[0] != 0)?;
    sure(weighed(&d, [2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0)
}

fn estonia(body: &str) -> Outcome {
    sure(weighed(&exact::<9>(body)?, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 == 0)
}

fn spain(body: &str) -> Outcome {
    const PERSONS: &[u8] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    const FIRMS: &[u8] = b"JABCDEFGHI";
    formed(body.len() == 9)?;
    let last = *body.as_bytes().last().ok_or(Bad::Form)?;
    let first = *body.as_bytes().first().ok_or(Bad::Form)?;
    let middle = exact::<7>(part(body, 1..8)?)?;
    let person = |n: u64| {
        formed(last.is_ascii_uppercase())?;
        sure(PERSONS.get((n % 23) as usize) == Some(&last))
    };
    let seven = number(&middle);
    match first {
        b'0'..=b'9' => person(u64::from(first - b'0') * 10_000_000 + seven),
        b'X'..=b'Z' => person(u64::from(first - b'X') * 10_000_000 + seven),
        b'K' | b'L' | b'M' => person(seven),
        b'A'..=b'H' | b'J' | b'N' | b'P'..=b'S' | b'U'..=b'W' => {
            formed(last.is_ascii_digit() || last.is_ascii_uppercase())?;
            let [a, b, c, d, e, f, g] = middle;
            let check = (10 - luhn(&[a, b, c, d, e, f, g, 0]) % 10) % 10;
            sure(
                u32::from(last).checked_sub(48) == Some(check)
                    || FIRMS.get(check as usize) == Some(&last),
            )
        }
        _ => Err(Bad::Form),
    }
}

fn finland(body: &str) -> Outcome {
    sure(weighed(&exact::<8>(body)?, [7, 9, 10, 5, 8, 4, 2, 1]) % 11 == 0)
}

fn france(body: &str) -> Outcome {
    // The key may have letters, but for I and O.
    const KEY: &str = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let siren = exact::<9>(part(body, 2..)?)?;
    let mut key = part(body, ..2)?
        .chars()
        .map(|c| KEY.find(c).ok_or(Bad::Form));
    let (Some(tens), Some(ones)) = (key.next().transpose()?, key.next().transpose()?) else {
        return Err(Bad::Form);
    };
    let n = number(&siren);
    let (tens, ones) = (tens as u64, ones as u64);
    let fits = if tens < 10 && ones < 10 {
        (n * 100 + 12) % 97 == tens * 10 + ones
    } else {
        let key = if tens < 10 {
            tens * 24 + ones - 10
        } else {
            tens * 34 + ones - 100
        };
        (n + 1 + key / 11) % 11 == key % 11
    };
    // Monaco's begin with three zeros and have no Luhn digit.
    sure(fits && (siren.starts_with(&[0, 0, 0]) || luhn(&siren).is_multiple_of(10)))
}

fn britain(body: &str) -> Outcome {
    // Government departments and health authorities.
    if let Some(n) = body.strip_prefix("GD") {
        return formed(number(&exact::<3>(n)?) < 500);
    }
    if let Some(n) = body.strip_prefix("HA") {
        return formed(number(&exact::<3>(n)?) >= 500);
    }
    // Three more digits are a branch.
    let d = match body.len() {
        12 => {
            exact::<3>(part(body, 9..)?)?;
            exact::<9>(part(body, ..9)?)?
        }
        _ => exact::<9>(body)?,
    };
    let sum = weighed(&d, [8, 7, 6, 5, 4, 3, 2, 10, 1]) % 97;
    sure(sum == 0 || number(d.get(..3).unwrap_or_default()) >= 100 && matches!(sum, 42 | 55))
}

fn greece(body: &str) -> Outcome {
    // Numbers of eight digits are older; they have a zero in front now.
    let [head @ .., last] = exact::<9>(&format!("{body:0>9}"))?;
    formed(body.len() >= 8)?;
    let sum = head.iter().fold(0, |sum, digit| sum * 2 + digit);
    sure(sum * 2 % 11 % 10 == last)
}

fn hungary(body: &str) -> Outcome {
    sure(weighed(&exact::<8>(body)?, [9, 7, 3, 1, 9, 7, 3, 1]) % 10 == 0)
}

fn ireland(body: &str) -> Outcome {
    const LETTERS: &str = "WABCDEFGHIJKLMNOPQRSTUV";
    formed(body.is_ascii() && matches!(body.len(), 8 | 9))?;
    let (head, tail) = body.split_at(7);
    let mut letters = tail.chars().map(|c| LETTERS.find(c).ok_or(Bad::Form));
    let check = letters.next().ok_or(Bad::Form)??;
    let second = letters.next().transpose()?.unwrap_or(0) as u32;
    let sum = if let Ok(d) = exact::<7>(head) {
        weighed(&d, (2..=8).rev()) + 9 * second
    } else {
        // Older: a letter or a sign in the second place; the first digit counts last.
        let first = exact::<1>(part(head, ..1)?)?[0];
        let old = part(head, 1..2)?
            .bytes()
            .all(|b| b.is_ascii_uppercase() || matches!(b, b'+' | b'*'));
        formed(old && tail.len() == 1)?;
        weighed(&exact::<5>(part(head, 2..)?)?, (3..=7).rev()) + 2 * first
    };
    sure((sum % 23) as usize == check)
}

fn italy(body: &str) -> Outcome {
    let d = exact::<11>(body)?;
    formed(d.iter().take(7).any(|&digit| digit != 0))?;
    sure(luhn(&d).is_multiple_of(10))
}

fn lithuania(body: &str) -> Outcome {
    let d = digits(body)?;
    formed(matches!(d.len(), 9 | 12))?;
    let (last, head) = d.split_last().ok_or(Bad::Form)?;
    formed(head.last() == Some(&1))?;
    let weights = |from: u32| (from..).map(|n| 1 + n % 9);
    let check = match weighed(head, weights(0)) % 11 {
        10 => weighed(head, weights(2)) % 11 % 10,
        check => check,
    };
    sure(check == *last)
}

fn luxembourg(body: &str) -> Outcome {
    let [head @ .., tens, ones] = exact::<8>(body)?;
    sure(number(&head) % 89 == number(&[tens, ones]))
}

fn latvia(body: &str) -> Outcome {
    let d = exact::<11>(body)?;
    // Persons have numbers of other kinds: form alone.
    if d[0] <= 3 {
        return Ok(());
    }
    sure(weighed(&d, [9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1]) % 11 == 3)
}

fn malta(body: &str) -> Outcome {
    let d = exact::<8>(body)?;
    formed(d[0] != 0)?;
    sure(weighed(&d, [3, 4, 6, 7, 8, 9, 10, 1]) % 37 == 0)
}

fn netherlands(body: &str) -> Outcome {
    let (head, branch) = (part(body, ..9)?, part(body, 9..)?);
    let [rest @ .., last] = exact::<9>(head)?;
    let [tens, ones] = exact::<2>(branch.strip_prefix('B').ok_or(Bad::Form)?)?;
    let firm = weighed(&rest, (2..=9).rev()) % 11 == last;
    // Since 2020 those of persons: ISO 7064 MOD 97-10 over NL and the number, a letter counting from 10.
    let n = 2_321 * 1_000_000_000 + number(&exact::<9>(head)?);
    let person = (u128::from(n) * 10_000 + 1_100 + u128::from(number(&[tens, ones]))) % 97 == 1;
    sure(firm || person)
}

fn norway(body: &str) -> Outcome {
    let [head @ .., last] = exact::<9>(body)?;
    sure((11 - weighed(&head, [3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11 == last)
}

fn poland(body: &str) -> Outcome {
    let [head @ .., last] = exact::<10>(body)?;
    sure(weighed(&head, [6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == last)
}

fn portugal(body: &str) -> Outcome {
    let [head @ .., last] = exact::<9>(body)?;
    formed(head[0] != 0)?;
    sure((11 - weighed(&head, (2..=9).rev()) % 11) % 11 % 10 == last)
}

fn romania(body: &str) -> Outcome {
    formed((2..=10).contains(&body.len()) && !body.starts_with('0'))?;
    let [head @ .., last] = exact::<10>(&format!("{body:0>10}"))?;
    sure(10 * weighed(&head, [7, 5, 3, 2, 1, 7, 5, 3, 2]) % 11 % 10 == last)
}

fn sweden(body: &str) -> Outcome {
    let [head @ .., tens, ones] = exact::<12>(body)?;
    formed([tens, ones] == [0, 1])?;
    sure(luhn(&head).is_multiple_of(10))
}

fn slovenia(body: &str) -> Outcome {
    let [head @ .., last] = exact::<8>(body)?;
    formed(head[0] != 0)?;
    let check = match 11 - weighed(&head, (2..=8).rev()) % 11 {
        10 => 0,
        check => check,
    };
    sure(check == last)
}

fn slovakia(body: &str) -> Outcome {
    let d = exact::<10>(body)?;
    // Persons have their birth number: year, month (of women 50 more, of late numbers 20 more), day; before 1985 a
    // remainder of 10 was written as 0.
    let [head @ .., last] = d;
    let (month, day) = (number(&d[2..4]) % 50 % 20, number(&d[4..6]));
    let person = (1..=12).contains(&month) && (1..=31).contains(&day);
    formed(d[0] != 0 && (person || matches!(d[2], 2 | 3 | 4 | 7 | 8 | 9)))?;
    sure(number(&d).is_multiple_of(11) || person && last == 0 && number(&head) % 11 == 10)
}
