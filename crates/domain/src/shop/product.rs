//! Products: what a server or an app is sold as, its price and its stock; whether it can be ordered.

use super::fault::{Fault, block, line};
use super::money::Money;
use super::vat::TaxClass;
use crate::field::Rule;
use crate::id::{CategoryId, ProductId};
use crate::words::Words;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

named! {
    /// What a product is.
    ProductKind {
        /// A server.
        Server = "server", "Server", "Serveur";
        /// An app.
        App = "app", "App", "App";
    }
}

named! {
    /// How often a product is paid.
    Billing {
        /// Once.
        Once = "once", "once", "une fois";
        /// Each month.
        Monthly = "monthly", "a month", "par mois";
        /// Each year.
        Yearly = "yearly", "a year", "par an";
    }
}

named! {
    /// Where a product stands.
    ProductState {
        /// Being written; nobody but administrators sees it.
        Draft = "draft", "Draft", "Brouillon";
        /// In the store.
        Active = "active", "Active", "Actif";
        /// Out of the store; what was sold stays.
        Retired = "retired", "Retired", "Retiré";
    }
}

named! {
    /// What a server is.
    Machine {
        /// A machine of its own.
        BareMetal = "bare_metal", "Bare metal", "Machine physique";
        /// A part of one.
        Virtual = "virtual", "Virtual", "Machine virtuelle";
    }
}

checked! {
    /// A product's number in the catalogue, unique there; at most 40 characters, kept in capitals.
    Sku, sku
}

fn sku(text: &str) -> Result<String, Fault> {
    let text = line(text, 40)?.to_uppercase();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    if begins && text.chars().all(fits) {
        Ok(text)
    } else {
        Err(Fault::NotASku)
    }
}

checked! {
    /// Which app: its id in YunoHost's catalogue, or the address of its package (`https://`).
    AppSource, app_source
}

fn app_source(text: &str) -> Result<String, Fault> {
    let text = line(text, 300)?;
    let is_id = text.len() <= 60
        && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'));
    let is_address = text.strip_prefix("https://").is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_alphanumeric())
            && rest.contains('.')
            && rest
                .bytes()
                .all(|b| b.is_ascii_graphic() && !b"@\"'<>\\`{}|^".contains(&b))
    });
    if is_id || is_address {
        Ok(text)
    } else {
        Err(Fault::NotAnApp)
    }
}

/// What a server has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct ServerSpec {
    /// Processors.
    pub cpus: u16,
    /// Memory, in gigabytes.
    pub memory_gb: u32,
    /// Disk, in gigabytes.
    pub disk_gb: u32,
    /// Where it stands.
    pub place: String,
    /// Whose machine it is.
    pub provider: String,
    /// What it is.
    pub machine: Machine,
}

/// What an app is installed from, and as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct AppSpec {
    /// Which app.
    pub source: AppSource,
    /// Answers to its manifest's questions that are proposed.
    pub answers: BTreeMap<String, String>,
}

/// What is sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Goods {
    /// A server.
    Server(ServerSpec),
    /// An app.
    App(AppSpec),
}

impl Goods {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> ProductKind {
        match self {
            Self::Server(_) => ProductKind::Server,
            Self::App(_) => ProductKind::App,
        }
    }
}

/// How many there are to sell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Stock {
    /// As many as are ordered.
    #[default]
    Unlimited,
    /// So many.
    Units {
        /// How many are left.
        left: u32,
    },
}

impl Stock {
    /// What a person types: nothing for no limit, or a whole number from zero on.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::Unlimited);
        }
        if let Some(rest) = text.strip_prefix(['-', '−']) {
            let digits = !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit());
            return Err(if digits {
                Fault::Negative
            } else {
                Fault::NotANumber
            });
        }
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Fault::NotANumber);
        }
        let left = text.parse().map_err(|_| Fault::TooLarge)?;
        Ok(Self::Units { left })
    }

    /// Without these.
    pub const fn taken(self, units: u32) -> Result<Self, ProductRefusal> {
        match self {
            Self::Unlimited => Ok(self),
            Self::Units { left } => match left.checked_sub(units) {
                Some(left) => Ok(Self::Units { left }),
                None => Err(ProductRefusal::OutOfStock { left }),
            },
        }
    }

    /// With these again.
    #[must_use]
    pub const fn returned(self, units: u32) -> Self {
        match self {
            Self::Unlimited => self,
            Self::Units { left } => Self::Units {
                left: left.saturating_add(units),
            },
        }
    }
}

refusals! {
    /// Why a product is not changed, or not sold.
    ProductRefusal {
        /// There is no such product any more.
        Gone = "gone",
            "This product is not in the catalogue any more. Take it out of the cart.",
            "Ce produit n’est plus au catalogue. Retirez-le du panier.";
        /// It is not in the store.
        NotForSale = "not_for_sale",
            "This product is not sold at the moment. Take it out of the cart.",
            "Ce produit n’est pas en vente actuellement. Retirez-le du panier.";
        /// There are not so many.
        OutOfStock {
            /// How many are left.
            left: u32,
        } = "out_of_stock",
            format!("Only {left} left."),
            format!("Il n’en reste que {left}.");
        /// Its price has changed since it was put into the cart.
        PriceChanged {
            /// The price now.
            price: Money,
            /// The set-up fee now.
            set_up: Money,
        } = "price_changed",
            format!("The price is {} now, and {} once.", price.words().en, set_up.words().en),
            format!("Le prix est maintenant de {}, et de {} une fois.", price.words().fr, set_up.words().fr);
        /// It cannot come to this state from where it stands.
        NotNow {
            /// Where it stands.
            state: ProductState,
        } = "not_now",
            format!("Not for a product in the state “{}”.", state.words().en),
            format!("Pas pour un produit dans l’état « {} ».", state.words().fr);
        /// It has been sold: it can be retired, and stays for the orders that name it.
        Sold = "sold",
            "This product has been ordered. Retire it instead: orders go on naming it.",
            "Ce produit a été commandé. Retirez-le plutôt de la vente : des commandes le nomment.";
    }
}

/// A free property, shown on the product's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Property {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A product. Images are the store's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// What is sold.
    pub goods: Goods,
    /// Its number.
    pub sku: Sku,
    /// Its name.
    pub name: Words,
    /// Its description, in Markdown.
    pub description: Words,
    /// What one costs each time, without VAT.
    pub price: Money,
    /// What setting one up costs, once, without VAT.
    pub set_up: Money,
    /// How often it is paid.
    pub billing: Billing,
    /// How it is taxed.
    pub tax_class: TaxClass,
    /// How many there are.
    pub stock: Stock,
    /// Where it stands.
    pub state: ProductState,
    /// The categories it is in.
    pub categories: Vec<CategoryId>,
    /// Free properties, in their order.
    pub properties: Vec<Property>,
}

impl Product {
    /// The product in another state: drafts become active, what is active is retired, what is retired becomes active again.
    ///
    /// # Errors
    /// [`ProductRefusal::NotNow`].
    pub fn brought_to(&self, state: ProductState) -> Result<Self, ProductRefusal> {
        use ProductState::{Active, Draft, Retired};
        match (self.state, state) {
            (Draft | Retired, Active) | (Active, Retired) => Ok(Self {
                state,
                ..self.clone()
            }),
            (now, _) => Err(ProductRefusal::NotNow { state: now }),
        }
    }

    /// Whether it can be deleted: only what was never ordered (`sold` counts lines of placed orders).
    pub const fn deletable(&self, sold: u64) -> Result<(), ProductRefusal> {
        if sold == 0 {
            Ok(())
        } else {
            Err(ProductRefusal::Sold)
        }
    }

    /// Whether so many of it can be ordered at this price. Without a product (it was deleted since): [`ProductRefusal::Gone`].
    pub fn can_be_ordered(
        product: Option<&Self>,
        units: u32,
        price: Money,
        set_up: Money,
    ) -> Result<(), ProductRefusal> {
        let product = product.ok_or(ProductRefusal::Gone)?;
        if product.state != ProductState::Active {
            return Err(ProductRefusal::NotForSale);
        }
        product.stock.taken(units)?;
        if (product.price, product.set_up) != (price, set_up) {
            return Err(ProductRefusal::PriceChanged {
                price: product.price,
                set_up: product.set_up,
            });
        }
        Ok(())
    }
}

/// The longest name of a product.
pub(super) const LONGEST_NAME: u32 = 120;

/// The longest description of a product.
pub(super) const LONGEST_DESCRIPTION: u32 = 20_000;

/// A name in both languages; where one is left empty, the other stands for it. One is needed.
pub(super) fn name_in_both(name: &Words) -> Result<Words, Fault> {
    let (en, fr) = (name.en.trim(), name.fr.trim());
    let (en, fr) = match (en.is_empty(), fr.is_empty()) {
        (true, true) => return Err(Rule::Required.into()),
        (true, false) => (fr, fr),
        (false, true) => (en, en),
        (false, false) => (en, fr),
    };
    Ok(Words::new(line(en, LONGEST_NAME)?, line(fr, LONGEST_NAME)?))
}

/// A description in both languages; it may be empty.
pub(super) fn description_in_both(text: &Words) -> Result<Words, Fault> {
    Ok(Words::new(
        block(&text.en, LONGEST_DESCRIPTION)?,
        block(&text.fr, LONGEST_DESCRIPTION)?,
    ))
}
