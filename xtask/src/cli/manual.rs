//! The flags about stages that a person does.

use clap::Args;
use smoke_record::options::Manual;

/// Which stages a person does.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Stages for a person")]
pub struct ManualArgs {
    /// Stop before this stage, for a person to do it; can be given more than once
    #[arg(long, value_name = "STAGE", hide_short_help = true)]
    pub manual_stage: Vec<String>,
    /// Leave every stage to a person, as smoke-manual does
    #[arg(long = "manual", id = "manual", hide_short_help = true)]
    pub all: bool,
}

impl ManualArgs {
    /// The stages that a person does.
    pub fn stages(&self) -> Manual {
        match self.all {
            true => Manual::All,
            false if self.manual_stage.is_empty() => Manual::None,
            false => Manual::Stages(self.manual_stage.clone()),
        }
    }
}
