//! `cargo xtask bench`: measures, as ratios, with a release build of this program.

mod bundle;
mod deadline;
mod measure;

use anyhow::{Context, Result};
use camino::Utf8PathBuf;
use clap::ValueEnum;
use serde_json::Value;
use smoke_core::files;

use crate::run::context;
use crate::{project, screen};

/// Arguments of `bench`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// What to measure [default: all]
    #[arg(value_enum)]
    pub name: Option<Name>,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Name {
    /// bundle-install, by the size of the bundle
    Bundle,
    /// how late a step is over that ran out of time
    Deadline,
}

/// Runs the benches, prints a table for each, and writes `target/smoke/bench/NAME.json`.
///
/// # Errors
/// The release build fails, or a measured command does not do what it should.
pub fn bench(args: &Args) -> Result<u8> {
    let environment = context::inherited()?;
    let root = project::root(&environment)?;
    let program = measure::release_build(&root, &environment)?;
    for name in args.name.map_or_else(|| Name::value_variants().to_vec(), |name| vec![name]) {
        let (table, result) = match name {
            Name::Bundle => bundle::run(&program)?,
            Name::Deadline => deadline::run(&program, &environment)?,
        };
        screen::print_inert(&table);
        let path = root.join(format!("target/smoke/bench/{}.json", word(name)));
        write(&path, &result)?;
        screen::say(&format!("wrote {path}"));
    }
    Ok(0)
}

fn word(name: Name) -> String {
    name.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

fn write(path: &Utf8PathBuf, result: &Value) -> Result<()> {
    let text = format!("{result:#}\n");
    files::replace(path, text.as_bytes(), 0o644).with_context(|| format!("write {path}"))
}
