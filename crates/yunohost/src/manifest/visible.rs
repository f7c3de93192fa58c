//! When a question is asked: small expressions over other answers, as in `! local_forge && mode == "simple"`.
//!
//! YunoHost evaluates a subset of JavaScript. Here: names, texts, numbers, `true`, `false`, `!`, `==`, `!=`, `&&`, `||` and parentheses.
//! What is not understood counts as shown: rather ask once too often than not at all.

use std::iter::Peekable;

/// Whether an expression holds, given the answers. `true` for an expression that is not understood.
pub fn is_visible<'a>(expression: &str, answer: impl Fn(&str) -> Option<&'a str>) -> bool {
    // An expression of an app is hostile too; a long one is not evaluated.
    if expression.len() > 1000 {
        return true;
    }
    let Some(tokens) = tokens(expression) else {
        return true;
    };
    let mut reader = Reader {
        tokens: tokens.into_iter().peekable(),
        answer: &answer,
        depth: 0,
    };
    let value = reader.either();
    match (value, reader.tokens.next()) {
        (Some(value), None) => value.holds(),
        _ => true,
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    Not,
    Equal,
    Unequal,
    And,
    Or,
    Open,
    Close,
}

/// What a part of an expression is worth: a text as in an answer, or nothing.
#[derive(Clone, PartialEq)]
struct Worth(Option<String>);

impl Worth {
    fn of(said: bool) -> Self {
        Self(Some(if said { "true" } else { "false" }.to_owned()))
    }

    fn holds(&self) -> bool {
        let no = |text: &str| {
            matches!(
                text.trim().to_lowercase().as_str(),
                "" | "0" | "no" | "false" | "off" | "none" | "null"
            )
        };
        !self.0.as_deref().is_none_or(no)
    }

    /// Like JavaScript's loose `==`, with every way to say yes or no being one.
    fn equals(&self, other: &Self) -> bool {
        let canonical = |worth: &Self| match worth
            .0
            .as_deref()
            .unwrap_or_default()
            .trim()
            .to_lowercase()
            .as_str()
        {
            "yes" | "on" | "true" => "1".to_owned(),
            "no" | "off" | "false" => "0".to_owned(),
            other => other.to_owned(),
        };
        canonical(self) == canonical(other)
    }
}

fn tokens(expression: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut chars = expression.chars().peekable();
    while let Some(c) = chars.next() {
        let token = match c {
            c if c.is_whitespace() => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            '!' if chars.next_if_eq(&'=').is_some() => {
                chars.next_if_eq(&'=');
                Token::Unequal
            }
            '!' => Token::Not,
            '=' => {
                chars.next_if_eq(&'=')?;
                chars.next_if_eq(&'=');
                Token::Equal
            }
            '&' => chars.next_if_eq(&'&').map(|_| Token::And)?,
            '|' => chars.next_if_eq(&'|').map(|_| Token::Or)?,
            '"' | '\'' => Token::Text(quoted(&mut chars, c)?),
            c if c.is_alphanumeric() || c == '_' => {
                let mut name = String::from(c);
                while let Some(c) = chars.next_if(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
                {
                    name.push(c);
                }
                // `match(…)` and other calls are YunoHost's, and not evaluated here.
                if chars.peek() == Some(&'(') || chars.peek() == Some(&'.') {
                    return None;
                }
                Token::Name(name)
            }
            _ => return None,
        };
        tokens.push(token);
    }
    Some(tokens)
}

/// A text up to its closing quote.
fn quoted(chars: &mut impl Iterator<Item = char>, quote: char) -> Option<String> {
    let mut text = String::new();
    for c in chars {
        match c {
            c if c == quote => return Some(text),
            '\\' => return None,
            c => text.push(c),
        }
    }
    None
}

struct Reader<'e, I: Iterator<Item = Token>, A> {
    tokens: Peekable<I>,
    answer: &'e A,
    depth: u8,
}

impl<'a, I: Iterator<Item = Token>, A: Fn(&str) -> Option<&'a str>> Reader<'_, I, A> {
    fn either(&mut self) -> Option<Worth> {
        let mut worth = self.both()?;
        while self.tokens.next_if_eq(&Token::Or).is_some() {
            let other = self.both()?;
            worth = Worth::of(worth.holds() || other.holds());
        }
        Some(worth)
    }

    fn both(&mut self) -> Option<Worth> {
        let mut worth = self.comparison()?;
        while self.tokens.next_if_eq(&Token::And).is_some() {
            let other = self.comparison()?;
            worth = Worth::of(worth.holds() && other.holds());
        }
        Some(worth)
    }

    fn comparison(&mut self) -> Option<Worth> {
        let worth = self.single()?;
        match self
            .tokens
            .next_if(|token| matches!(token, Token::Equal | Token::Unequal))
        {
            None => Some(worth),
            Some(token) => {
                let other = self.single()?;
                Some(Worth::of(worth.equals(&other) == (token == Token::Equal)))
            }
        }
    }

    fn single(&mut self) -> Option<Worth> {
        self.depth = self.depth.checked_add(1).filter(|depth| *depth < 50)?;
        let worth = match self.tokens.next()? {
            Token::Not => Worth::of(!self.single()?.holds()),
            Token::Open => {
                let worth = self.either()?;
                self.tokens.next_if_eq(&Token::Close)?;
                worth
            }
            Token::Text(text) => Worth(Some(text)),
            Token::Name(name) => match name.as_str() {
                "true" | "false" => Worth(Some(name)),
                name if name.chars().all(|c| c.is_ascii_digit()) => Worth(Some(name.to_owned())),
                name => Worth((self.answer)(name).map(str::to_owned)),
            },
            _ => return None,
        };
        self.depth -= 1;
        Some(worth)
    }
}
