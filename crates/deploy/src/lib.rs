//! In-house apps on a YunoHost server: described in `towerify/config.yaml`, packed, made into a YunoHost package,
//! installed through YunoHost, and renewed in a second or two by a program that the package carries.
//!
//! In reading order: [`config`] is what the developer wrote, [`folder`] looks at a folder and proposes that file,
//! [`pack`] turns a folder into a list of files with their hashes and a payload of what a server lacks, [`package`]
//! writes the YunoHost package (pure: the same order gives the same bytes), [`server`] carries it all to a server.
//! [`profile`] is where that server is, [`build`] what runs here before, [`commit`] what is
//! deployed in git's words, [`ci`] the pipeline that does it all.
//!
//! This crate leaves to others: how a machine is reached (`towerify-ssh`), how YunoHost is asked (`towerify-driver`,
//! `towerify-yunohost`), profiles, questions to people and exit statuses (the command line). It reads no clock.

pub mod build;
pub mod ci;
pub mod commit;
pub mod config;
pub mod folder;
pub mod pack;
pub mod package;
pub mod profile;
pub mod server;
mod words;

pub use words::{Language, Words};
