//! What both readers of a server's messages make of them: the client, and the gateway of the stack.

pub mod findings;
pub mod ids;
pub mod message;
