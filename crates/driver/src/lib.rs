//! One conversation with an instance, over SSH.
