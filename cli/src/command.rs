//! The verbs of the `tollgate` command.

pub mod dev;
