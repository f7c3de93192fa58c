//! The form of a product: texts, checked into a [`Product`]; all faults are said at once. Whether the article number is taken
//! the store knows.

use super::categories::Categories;
use super::currency::Currency;
use super::fault::{Fault, Faults, FieldFault, line};
use super::money::Money;
use super::product::{
    AppSource, AppSpec, Billing, Goods, Machine, Product, ProductKind, ProductState, Property,
    ServerSpec, Sku, Stock, description_in_both, name_in_both,
};
use super::vat::TaxClass;
use crate::field::Rule;
use crate::id::{CategoryId, ProductId};
use crate::words::Words;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most categories a product is in.
const MOST_CATEGORIES: u32 = 20;

/// The most free properties, and default answers, of each.
const MOST_PROPERTIES: u32 = 50;

/// A product, as a person types it. Of server and app the fields of the other kind do not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct ProductForm {
    /// Server or app.
    pub kind: ProductKind,
    /// See [`Product::sku`].
    pub sku: String,
    /// See [`Product::name`]; where a language is left empty the other stands for it.
    pub name: Words,
    /// See [`Product::description`].
    pub description: Words,
    /// See [`Product::price`].
    pub price: String,
    /// See [`Product::set_up`]; empty for none.
    pub set_up: String,
    /// Three letters.
    pub currency: String,
    /// See [`Product::billing`].
    pub billing: Billing,
    /// See [`Product::tax_class`].
    pub tax_class: TaxClass,
    /// See [`Product::stock`]; empty for no limit.
    pub stock: String,
    /// See [`Product::categories`].
    pub categories: Vec<CategoryId>,
    /// See [`Product::properties`].
    pub properties: Vec<Property>,
    /// Of a server: processors.
    pub cpus: u16,
    /// Of a server: memory, in gigabytes.
    pub memory_gb: u32,
    /// Of a server: disk, in gigabytes.
    pub disk_gb: u32,
    /// Of a server: where it stands.
    pub place: String,
    /// Of a server: whose machine it is.
    pub provider: String,
    /// Of a server: what it is.
    pub machine: Machine,
    /// Of an app: which.
    pub app: String,
    /// Of an app: answers that are proposed.
    pub answers: BTreeMap<String, String>,
}

impl ProductForm {
    /// Checks every field, as a draft or in place of a product in this state.
    ///
    /// # Errors
    /// All faults, each under its field.
    pub fn check(
        &self,
        id: ProductId,
        state: ProductState,
        known: &Categories,
    ) -> Result<Product, Vec<FieldFault>> {
        let mut faults = Faults::new();
        let sku = faults.take("sku", Sku::parse(&self.sku));
        let name = faults.take("name", name_in_both(&self.name));
        let description = faults.take("description", description_in_both(&self.description));
        let currency = faults.take("currency", Currency::parse(&self.currency));
        let amount = |text: &str, currency| Money::parse_price(text, currency);
        let price =
            currency.and_then(|currency| faults.take("price", amount(&self.price, currency)));
        let set_up = currency.and_then(|currency| match self.set_up.trim() {
            "" => Some(Money::zero(currency)),
            text => faults.take("set_up", amount(text, currency)),
        });
        let stock = faults.take("stock", Stock::parse(&self.stock));
        let categories = self.categories(known, &mut faults);
        let properties = self.properties(&mut faults);
        let goods = match self.kind {
            ProductKind::Server => self.server(&mut faults).map(Goods::Server),
            ProductKind::App => self.app(&mut faults).map(Goods::App),
        };
        let checked = sku
            .zip(name)
            .zip(description)
            .zip(price)
            .zip(set_up)
            .zip(stock)
            .zip(goods);
        faults.done()?;
        let Some(((((((sku, name), description), price), set_up), stock), goods)) = checked else {
            return Err(Vec::new());
        };
        Ok(Product {
            id,
            goods,
            sku,
            name,
            description,
            price,
            set_up,
            billing: self.billing,
            tax_class: self.tax_class,
            stock,
            state,
            categories,
            properties,
        })
    }

    fn server(&self, faults: &mut Faults) -> Option<ServerSpec> {
        let mut count = |field: &'static str, n: u32, max: u32| {
            if !(1..=max).contains(&n) {
                let max = i32::try_from(max).unwrap_or(i32::MAX);
                faults.add(field, Rule::NumberRange { min: 1, max });
            }
        };
        count("cpus", u32::from(self.cpus), 1_024);
        count("memory_gb", self.memory_gb, 100_000);
        count("disk_gb", self.disk_gb, 10_000_000);
        let place = faults.take("place", short(&self.place));
        let provider = faults.take("provider", short(&self.provider));
        Some(ServerSpec {
            cpus: self.cpus,
            memory_gb: self.memory_gb,
            disk_gb: self.disk_gb,
            place: place?,
            provider: provider?,
            machine: self.machine,
        })
    }

    fn app(&self, faults: &mut Faults) -> Option<AppSpec> {
        let source = faults.take("app", AppSource::parse(&self.app));
        few(self.answers.len(), MOST_PROPERTIES, "answers", faults);
        for (question, answer) in &self.answers {
            let fits = line(question, 80).and_then(|_| super::fault::block(answer, 1_000));
            faults.take(format!("answers.{question}"), fits);
        }
        Some(AppSpec {
            source: source?,
            answers: self.answers.clone(),
        })
    }

    fn categories(&self, known: &Categories, faults: &mut Faults) -> Vec<CategoryId> {
        few(self.categories.len(), MOST_CATEGORIES, "categories", faults);
        let mut kept = Vec::new();
        for &id in &self.categories {
            if known.path(id).is_err() {
                faults.add("categories", Rule::NotAChoice);
            } else if !kept.contains(&id) {
                kept.push(id);
            }
        }
        kept
    }

    fn properties(&self, faults: &mut Faults) -> Vec<Property> {
        few(self.properties.len(), MOST_PROPERTIES, "properties", faults);
        let mut kept: Vec<Property> = Vec::new();
        for (n, property) in self.properties.iter().enumerate() {
            let name = faults.take(format!("properties.{n}.name"), line(&property.name, 60));
            let value = faults.take(format!("properties.{n}.value"), line(&property.value, 300));
            let (Some(name), Some(value)) = (name, value) else {
                continue;
            };
            if kept.iter().any(|other| other.name == name) {
                faults.add(format!("properties.{n}.name"), Fault::Twice);
            }
            kept.push(Property { name, value });
        }
        kept
    }
}

/// A text that may be empty.
fn short(text: &str) -> Result<String, Fault> {
    if text.trim().is_empty() {
        Ok(String::new())
    } else {
        line(text, 80)
    }
}

fn few(length: usize, most: u32, field: &'static str, faults: &mut Faults) {
    if length > most as usize {
        faults.add(field, Fault::TooMany { most });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shop::categories::Category;
    use crate::shop::product::ProductRefusal;
    use uuid::Uuid;

    fn id() -> ProductId {
        ProductId::from_uuid(Uuid::from_u128(1))
    }

    fn known() -> Categories {
        Categories::new([Category {
            id: CategoryId::from_uuid(Uuid::from_u128(1)),
            parent: None,
            name: Words::new("Servers", "Serveurs"),
        }])
        .unwrap()
    }

    fn form() -> ProductForm {
        ProductForm {
            kind: ProductKind::Server,
            sku: "srv-m".into(),
            name: Words::new("Server M", ""),
            description: Words::new("For a team of **10 to 40** people.", ""),
            price: "89,00".into(),
            set_up: String::new(),
            currency: "EUR".into(),
            billing: Billing::Monthly,
            tax_class: TaxClass::Standard,
            stock: "12".into(),
            categories: vec![CategoryId::from_uuid(Uuid::from_u128(1))],
            properties: vec![Property {
                name: "Backups".into(),
                value: "nightly, 14 kept".into(),
            }],
            cpus: 4,
            memory_gb: 8,
            disk_gb: 160,
            place: "Nantes".into(),
            provider: String::new(),
            machine: Machine::Virtual,
            app: String::new(),
            answers: BTreeMap::new(),
        }
    }

    fn product() -> Product {
        form().check(id(), ProductState::Draft, &known()).unwrap()
    }

    fn faults(form: &ProductForm) -> Vec<(String, &'static str)> {
        let faults = form.check(id(), ProductState::Draft, &known()).unwrap_err();
        faults
            .iter()
            .map(|fault| (fault.field.to_string(), fault.fault.key()))
            .collect()
    }

    #[test]
    fn a_form_that_is_right_becomes_a_product() {
        let product = product();
        assert_eq!(product.sku.as_str(), "SRV-M");
        assert_eq!(
            product.name.fr, "Server M",
            "one language stands for the other"
        );
        assert_eq!(product.price.minor(), 8_900);
        assert!(product.set_up.is_zero());
        assert_eq!(product.stock, Stock::Units { left: 12 });
        let json = serde_json::to_string(&product).unwrap();
        assert_eq!(serde_json::from_str::<Product>(&json).unwrap(), product);
    }

    #[test]
    fn a_line_of_an_order_is_the_product_as_it_is_now() {
        use crate::shop::order::OrderLine;
        let at = "2026-11-24T09:14:00Z".parse().unwrap();
        let line_id = crate::id::LineId::from_uuid(Uuid::from_u128(4));
        let vat = crate::shop::Vat::at(crate::shop::Rate::new(2_000).unwrap());
        let line = OrderLine::of(line_id, &product(), 1, vat, at);
        assert_eq!(
            (line.kind, line.billing),
            (ProductKind::Server, Billing::Monthly)
        );
        assert_eq!(line.price().net().unwrap().minor(), 8_900);
        assert_eq!(line.setting_up(), None);
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once_under_its_field() {
        let wrong = ProductForm {
            sku: "SRV M".into(),
            name: Words::default(),
            price: "89,001".into(),
            set_up: "-5".into(),
            stock: "-3".into(),
            cpus: 0,
            categories: vec![CategoryId::from_uuid(Uuid::from_u128(9))],
            properties: vec![
                Property {
                    name: "RAM".into(),
                    value: "8".into(),
                },
                Property {
                    name: "RAM".into(),
                    value: "16".into(),
                },
            ],
            ..form()
        };
        assert_eq!(
            faults(&wrong),
            [
                ("sku".to_owned(), "not_a_sku"),
                ("name".to_owned(), "field"),
                ("price".to_owned(), "ambiguous"),
                ("set_up".to_owned(), "negative"),
                ("stock".to_owned(), "negative"),
                ("categories".to_owned(), "field"),
                ("properties.1.name".to_owned(), "twice"),
                ("cpus".to_owned(), "field"),
            ]
        );
        let app = ProductForm {
            kind: ProductKind::App,
            app: "http://x.example".into(),
            price: "1234,567".into(),
            ..form()
        };
        assert_eq!(
            faults(&app),
            [
                ("price".to_owned(), "too_many_decimals"),
                ("app".to_owned(), "not_an_app")
            ]
        );
    }

    #[test]
    fn an_app_is_named_by_its_id_or_its_packages_address() {
        for text in [
            "nextcloud",
            "my_webapp__2",
            "https://git.example/apps/polls_ynh",
        ] {
            assert!(AppSource::parse(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "Nextcloud",
            "-rf",
            "http://git.example/x",
            "https://",
            "https://a@b.example/x",
            "https://git.example/a b",
            "file:///etc",
        ] {
            assert!(AppSource::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_ordered_says_why() {
        let draft = product();
        let price = (draft.price, draft.set_up);
        let ask = |product: Option<&Product>, units| {
            Product::can_be_ordered(product, units, price.0, price.1)
        };
        assert_eq!(
            ask(None, 1),
            Err(ProductRefusal::Gone),
            "deleted while it was in a cart"
        );
        assert_eq!(ask(Some(&draft), 1), Err(ProductRefusal::NotForSale));
        let active = draft.brought_to(ProductState::Active).unwrap();
        assert_eq!(ask(Some(&active), 12), Ok(()));
        assert_eq!(
            ask(Some(&active), 13),
            Err(ProductRefusal::OutOfStock { left: 12 })
        );
        let dearer = Product {
            price: price.0.times(2).unwrap(),
            ..active.clone()
        };
        assert!(matches!(
            ask(Some(&dearer), 1),
            Err(ProductRefusal::PriceChanged { .. })
        ));
        let retired = active.brought_to(ProductState::Retired).unwrap();
        assert_eq!(ask(Some(&retired), 1), Err(ProductRefusal::NotForSale));
        assert_eq!(
            retired.brought_to(ProductState::Draft),
            Err(ProductRefusal::NotNow {
                state: ProductState::Retired
            })
        );
        assert_eq!(retired.deletable(3), Err(ProductRefusal::Sold));
    }

    #[test]
    fn stock_is_taken_and_comes_back() {
        let stock = Stock::parse("3").unwrap();
        let less = stock.taken(2).unwrap();
        assert_eq!(less.taken(2), Err(ProductRefusal::OutOfStock { left: 1 }));
        assert_eq!(less.returned(2), stock);
        assert_eq!(
            Stock::parse("").unwrap().taken(u32::MAX),
            Ok(Stock::Unlimited)
        );
        for (text, fault) in [
            ("-1", Fault::Negative),
            ("1.5", Fault::NotANumber),
            ("-", Fault::NotANumber),
            ("99999999999", Fault::TooLarge),
        ] {
            assert_eq!(Stock::parse(text), Err(fault), "{text}");
        }
    }
}
