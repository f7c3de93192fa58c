//! Reaching a machine: host keys, sessions, files, tunnels. Knows no YunoHost.
