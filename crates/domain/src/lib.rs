//! Words and rules of the business: names, addresses, roles, errors. Pure.
