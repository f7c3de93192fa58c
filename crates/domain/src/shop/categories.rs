//! Categories of products: a tree without cycles, a few levels deep.

use crate::id::CategoryId;
use crate::words::Words;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The most levels.
pub const MOST_LEVELS: usize = 6;

/// A category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Category {
    /// Its id.
    pub id: CategoryId,
    /// The category it is in; none at the top.
    pub parent: Option<CategoryId>,
    /// Its name.
    pub name: Words,
}

refusals! {
    /// Why categories are no tree.
    CategoryRefusal {
        /// A category would be inside itself.
        Cycle = "cycle",
            "A category cannot be inside itself.",
            "Une catégorie ne peut pas être à l’intérieur d’elle-même.";
        /// The category it would be in is not there.
        NoParent = "no_parent",
            "The category it should be in is not there any more.",
            "La catégorie où la mettre n’existe plus.";
        /// There is no such category.
        Gone = "gone", "This category is not there any more.", "Cette catégorie n’existe plus.";
        /// It stands there twice.
        Twice = "twice", "This category is there already.", "Cette catégorie existe déjà.";
        /// It would be too deep.
        TooDeep {
            /// The most levels.
            most: u32,
        } = "too_deep",
            format!("At most {most} levels of categories."),
            format!("Au plus {most} niveaux de catégories.");
        /// Others are inside it.
        NotEmpty = "not_empty",
            "Other categories are in this one. Move them first.",
            "D’autres catégories sont dans celle-ci. Déplacez-les d’abord.";
    }
}

/// All categories.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Categories(BTreeMap<CategoryId, Category>);

impl Categories {
    /// These categories, in any order.
    ///
    /// # Errors
    /// One stands there twice, is in one that is not there, inside itself, or too deep.
    pub fn new(all: impl IntoIterator<Item = Category>) -> Result<Self, CategoryRefusal> {
        let mut known = BTreeMap::new();
        for category in all {
            if known.insert(category.id, category).is_some() {
                return Err(CategoryRefusal::Twice);
            }
        }
        let tree = Self(known);
        tree.0.keys().try_for_each(|&id| tree.path(id).map(drop))?;
        Ok(tree)
    }

    /// From the top down to this category.
    pub fn path(&self, id: CategoryId) -> Result<Vec<&Category>, CategoryRefusal> {
        let mut path = vec![self.0.get(&id).ok_or(CategoryRefusal::Gone)?];
        let mut seen = BTreeSet::from([id]);
        while let Some(parent) = path.last().and_then(|category| category.parent) {
            if !seen.insert(parent) {
                return Err(CategoryRefusal::Cycle);
            }
            path.push(self.0.get(&parent).ok_or(CategoryRefusal::NoParent)?);
        }
        if path.len() > MOST_LEVELS {
            return Err(CategoryRefusal::TooDeep {
                most: u32::try_from(MOST_LEVELS).unwrap_or(u32::MAX),
            });
        }
        path.reverse();
        Ok(path)
    }

    /// This category and all inside it, at any depth: what a filter by it shows.
    #[must_use]
    pub fn within(&self, id: CategoryId) -> BTreeSet<CategoryId> {
        let is_within = |other: &&CategoryId| {
            self.path(**other)
                .is_ok_and(|path| path.iter().any(|category| category.id == id))
        };
        self.0.keys().filter(is_within).copied().collect()
    }

    /// With this category, new or in place of the one of its id.
    pub fn with(&self, category: Category) -> Result<Self, CategoryRefusal> {
        let mut all = self.0.clone();
        all.insert(category.id, category);
        Self::new(all.into_values())
    }

    /// Without this category.
    ///
    /// # Errors
    /// [`CategoryRefusal::NotEmpty`] when others are inside it.
    pub fn without(&self, id: CategoryId) -> Result<Self, CategoryRefusal> {
        if self.0.values().any(|category| category.parent == Some(id)) {
            return Err(CategoryRefusal::NotEmpty);
        }
        let mut all = self.0.clone();
        all.remove(&id).ok_or(CategoryRefusal::Gone)?;
        Ok(Self(all))
    }

    /// All of them, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Category> {
        self.0.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn id(n: u128) -> CategoryId {
        CategoryId::from_uuid(Uuid::from_u128(n))
    }

    fn category(n: u128, parent: Option<u128>) -> Category {
        Category {
            id: id(n),
            parent: parent.map(id),
            name: Words::same("Files"),
        }
    }

    #[test]
    fn a_category_is_never_inside_itself() {
        let tree = Categories::new([
            category(1, None),
            category(2, Some(1)),
            category(3, Some(2)),
        ])
        .unwrap();
        for (moved, into) in [(1, 3), (1, 2), (2, 2)] {
            assert_eq!(
                tree.with(category(moved, Some(into))),
                Err(CategoryRefusal::Cycle)
            );
        }
        assert!(tree.with(category(3, Some(1))).is_ok());
        assert_eq!(
            tree.with(category(4, Some(9))),
            Err(CategoryRefusal::NoParent)
        );
        let cycle = [category(1, Some(2)), category(2, Some(1))];
        assert_eq!(Categories::new(cycle), Err(CategoryRefusal::Cycle));
    }

    #[test]
    fn a_filter_by_a_category_finds_what_is_deeper_too() {
        let tree = Categories::new([
            category(1, None),
            category(2, Some(1)),
            category(3, Some(2)),
            category(4, None),
        ])
        .unwrap();
        assert_eq!(tree.within(id(1)), BTreeSet::from([id(1), id(2), id(3)]));
        let path: Vec<_> = tree
            .path(id(3))
            .unwrap()
            .iter()
            .map(|category| category.id)
            .collect();
        assert_eq!(path, [id(1), id(2), id(3)]);
    }

    #[test]
    fn the_tree_is_a_few_levels_deep_and_a_branch_is_not_sawn_off() {
        let chain = |n: u128| (1..=n).map(|n| category(n, (n > 1).then(|| n - 1)));
        let tree = Categories::new(chain(6)).unwrap();
        assert_eq!(
            Categories::new(chain(7)),
            Err(CategoryRefusal::TooDeep { most: 6 })
        );
        assert_eq!(tree.without(id(5)), Err(CategoryRefusal::NotEmpty));
        assert_eq!(tree.without(id(6)).unwrap().iter().count(), 5);
        assert_eq!(tree.without(id(9)), Err(CategoryRefusal::Gone));
    }
}
