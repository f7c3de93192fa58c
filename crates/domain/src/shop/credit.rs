//! Credit notes: an invoice given back, whole or in part. They are reckoned so that all of them together give back exactly
//! what was billed: shares of discounts are taken from running sums, and the last one carries in its rounding amount (BT-114)
//! the cents by which VAT, rounded on each, differs from VAT rounded once.

use super::invoice::{Document, DocumentKind, DocumentLine, DocumentRefusal, Draft};
use super::money::{Money, MoneyRefusal};
use super::totals::{Totals, VatLine};
use serde::{Deserialize, Serialize};

/// Which part of an invoice a credit note gives back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(tag = "part", rename_all = "snake_case")]
pub enum Credited {
    /// All that is left.
    Whole,
    /// So many of these lines.
    Lines {
        /// Which.
        lines: Vec<CreditedLine>,
    },
}

/// So many of a line of an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct CreditedLine {
    /// The line's number.
    pub n: u32,
    /// How many.
    pub quantity: u32,
}

impl Document {
    /// A credit note for a part of this invoice; `before` are those that were issued for it already.
    ///
    /// # Errors
    /// It is no invoice, it has no such line, or not so many are left.
    pub fn credit(&self, before: &[Self], part: &Credited) -> Result<Draft, DocumentRefusal> {
        if self.body().kind != DocumentKind::Invoice {
            return Err(DocumentRefusal::NotAnInvoice);
        }
        let before: Vec<&Draft> = before
            .iter()
            .map(Self::body)
            .filter(|note| note.credited == Some(self.number()))
            .collect();
        let lines = self
            .parts(&before, part)?
            .into_iter()
            .map(|(line, taken, quantity)| credited_line(line, &before, taken, quantity))
            .collect::<Result<Vec<_>, _>>()?;
        let currency = self.body().currency;
        let mut by_rate = Vec::new();
        for group in &self.body().totals.by_rate {
            let of_group = lines.iter().filter(|line| line.vat == group.vat);
            let sum = Money::sum(of_group.clone().map(|line| line.net), currency)?;
            if of_group.count() > 0 {
                by_rate.push(credited_group(group, &before, sum)?);
            }
        }
        let totals = Totals::of(by_rate, currency)?;
        let mut note = Draft {
            kind: DocumentKind::CreditNote,
            credited: Some(self.number()),
            due_on: None,
            lines,
            totals,
            paid: Money::zero(currency),
            rounding: Money::zero(currency),
            ..self.body().clone()
        };
        if self.is_credited_by(&before, &note) {
            let given = Money::sum(
                before
                    .iter()
                    .map(|note| note.totals.with_vat.plus(note.rounding))
                    .collect::<Result<Vec<_>, _>>()?,
                currency,
            )?;
            let billed = self.body().totals.with_vat.plus(self.body().rounding)?;
            note.rounding = billed.minus(given)?.minus(note.totals.with_vat)?;
        }
        Ok(note)
    }

    /// Each line that is credited, how many of it were before, and how many are now.
    fn parts(
        &self,
        before: &[&Draft],
        part: &Credited,
    ) -> Result<Vec<(&DocumentLine, u32, u32)>, DocumentRefusal> {
        let taken = |n| before.iter().map(|note| quantity_of(note, n)).sum::<u32>();
        let mut parts = Vec::new();
        for line in &self.body().lines {
            let taken = taken(line.n);
            let left = line.quantity.saturating_sub(taken);
            let quantity = match part {
                Credited::Whole => left,
                Credited::Lines { lines } => lines
                    .iter()
                    .filter(|wanted| wanted.n == line.n)
                    .fold(0_u32, |sum, wanted| sum.saturating_add(wanted.quantity)),
            };
            if quantity > left {
                return Err(DocumentRefusal::NotLeft { n: line.n, left });
            }
            if quantity > 0 {
                parts.push((line, taken, quantity));
            }
        }
        if let Credited::Lines { lines } = part {
            let known = |n| self.body().lines.iter().any(|line| line.n == n);
            if let Some(wanted) = lines.iter().find(|wanted| !known(wanted.n)) {
                return Err(DocumentRefusal::NoSuchLine { n: wanted.n });
            }
        }
        if parts.is_empty() {
            return Err(DocumentRefusal::Empty);
        }
        Ok(parts)
    }

    fn is_credited_by(&self, before: &[&Draft], last: &Draft) -> bool {
        self.body().lines.iter().all(|line| {
            let all = before.iter().copied().chain([last]);
            all.map(|note| quantity_of(note, line.n)).sum::<u32>() == line.quantity
        })
    }
}

fn quantity_of(note: &Draft, n: u32) -> u32 {
    let lines = note.lines.iter().filter(|line| line.n == n);
    lines.map(|line| line.quantity).sum()
}

fn credited_line(
    line: &DocumentLine,
    before: &[&Draft],
    taken: u32,
    quantity: u32,
) -> Result<DocumentLine, MoneyRefusal> {
    let given = before
        .iter()
        .flat_map(|note| &note.lines)
        .filter(|other| other.n == line.n)
        .map(|other| other.net);
    let given = Money::sum(given, line.net.currency())?;
    let up_to_here = line.net.part(
        i128::from(taken) + i128::from(quantity),
        i128::from(line.quantity),
    );
    let net = up_to_here.minus(given)?;
    Ok(DocumentLine {
        quantity,
        off: line.unit.times(quantity)?.minus(net)?,
        net,
        ..line.clone()
    })
}

fn credited_group(group: &VatLine, before: &[&Draft], sum: Money) -> Result<VatLine, MoneyRefusal> {
    let given: Vec<&VatLine> = before
        .iter()
        .flat_map(|note| &note.totals.by_rate)
        .filter(|other| other.vat == group.vat)
        .collect();
    let currency = sum.currency();
    let lines = Money::sum(given.iter().map(|other| other.lines), currency)?.plus(sum)?;
    let discounts = Money::sum(given.iter().map(|other| other.discount), currency)?;
    let up_to_here = group
        .discount
        .part(i128::from(lines.minor()), i128::from(group.lines.minor()));
    VatLine::of(group.vat, sum, up_to_here.minus(discounts)?)
}
