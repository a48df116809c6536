//! Runs with the real programs of agents, and the scripted model. What is the same for all of them is a table
//! of scenarios; what is not is in the table of agents.

mod part;
mod scenarios;
mod several;
