//! Who has an account on the invented firm's servers.

/// Username, name, and whether they administer.
pub(super) type People = &'static [(&'static str, &'static str, bool)];

pub(super) const GLYCINES: People = &[
    ("c.morvan", "Camille Morvan", true),
    ("i.calvet", "Inès Calvet", true),
    ("a.perrin", "Aude Perrin", false),
    ("l.tissot", "Loïc Tissot", false),
    ("h.leguen", "Hervé Le Guen", false),
    ("n.bakari", "Nadia Bakari", false),
    ("o.sauvage", "Odile Sauvage", false),
];
pub(super) const GLYCINES_LAB: People = &[
    ("i.calvet", "Inès Calvet", true),
    ("a.perrin", "Aude Perrin", false),
];
pub(super) const SAINT_AUBRAC: People = &[
    ("c.morvan", "Camille Morvan", true),
    ("m.roumegas", "Mireille Roumégas", false),
    ("f.delpuech", "Fabrice Delpuech", false),
    ("j.cantal", "Josette Cantal", false),
];
pub(super) const BREMONT: People = &[
    ("t.bremont", "Théo Brémont", true),
    ("y.okafor", "Yann Okafor", false),
];
pub(super) const NORTHFOLD: People = &[
    ("g.ashdown", "Gwen Ashdown", true),
    ("p.whitlock", "Percy Whitlock", false),
    ("s.iqbal", "Sana Iqbal", false),
];
pub(super) const PELHAM: People = &[
    ("e.pelham", "Edith Pelham", true),
    ("r.gray", "Rowan Gray", false),
    ("k.mensah", "Kofi Mensah", false),
];
pub(super) const MOISSON: People = &[
    ("b.lemoine", "Bérénice Lemoine", true),
    ("d.arrighi", "Dominique Arrighi", false),
    ("z.haddad", "Zoé Haddad", false),
];
pub(super) const VIAL: People = &[
    ("p.garnault", "Philippe Garnault", true),
    ("a.benali", "Amel Benali", false),
    ("v.rousselet", "Victor Rousselet", false),
    ("l.nguyen", "Lise Nguyen", false),
];
pub(super) const HARROWGATE: People = &[
    ("d.harrow", "Delia Harrow", true),
    ("t.finch", "Tom Finch", false),
];
pub(super) const KESTREL: People = &[
    ("m.oduya", "Miriam Oduya", true),
    ("j.stroud", "Jack Stroud", false),
];
pub(super) const ORMEAU: People = &[
    ("c.morvan", "Camille Morvan", true),
    ("s.ormeau", "Solange Ormeau", false),
    ("w.leroux", "Wilfrid Leroux", false),
];
pub(super) const GUERANDE: People = &[
    ("g.paludier", "Gaël Paludier", true),
    ("r.saillard", "Rozenn Saillard", false),
];
