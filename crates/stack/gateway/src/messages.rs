//! The messages in a server's output, without what else it prints there.

use smoke_wire::findings::STRAY;
use smoke_wire::message::is_message;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader, DuplexStream, duplex};

use super::log;

/// How much may wait to be read, in bytes.
const ROOM: usize = 64 * 1024;

/// What the server `name` says in `output`. The first line that is no message is told in the log.
pub fn of(name: &str, output: impl AsyncRead + Unpin + Send + 'static) -> DuplexStream {
    let (messages, into) = duplex(ROOM);
    tokio::spawn(pass_on(name.to_owned(), output, into));
    messages
}

/// Ends with the output, or when nobody listens any more.
async fn pass_on(name: String, output: impl AsyncRead + Unpin, mut into: DuplexStream) {
    let (mut lines, mut is_told) = (BufReader::new(output).split(b'\n'), false);
    while let Ok(Some(mut line)) = lines.next_segment().await {
        if serde_json::from_slice(&line).is_ok_and(|said| is_message(&said)) {
            line.push(b'\n');
            if into.write_all(&line).await.is_err() {
                return;
            }
        } else if !is_told && !line.trim_ascii().is_empty() {
            is_told = true;
            let shown = String::from_utf8_lossy(line.trim_ascii()).escape_debug().to_string();
            log::line(format_args!("server {name}: {STRAY}{shown}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    #[tokio::test]
    async fn what_is_no_message_is_left_out() {
        let output = "up\n{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n{\"level\":\"info\"}\n";
        let mut text = String::new();
        of("a", output.as_bytes()).read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n");
    }
}
