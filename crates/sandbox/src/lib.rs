//! The training fleet: YunoHost servers simulated in one process, over real SSH and HTTPS.
