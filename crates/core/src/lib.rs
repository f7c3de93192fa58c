//! The use cases, one folder a noun: who may, what happens, what is written down.
