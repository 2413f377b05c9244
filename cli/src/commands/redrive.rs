//! `leadlake redrive`: messages that were put aside go back to their queue, once what was wrong is mended.

use std::cmp::Reverse;
use std::io::{self, Write};

use clap::Args;
use jiff::Timestamp;
use leadlake_aws::queue::{QueueUrl, Redrive, Redriven, redrive};

use super::Setting;
use crate::aws;
use crate::error::CliError;
use crate::output::{Ended, Report, grouped, print};

/// More of them are in the JSON.
const MOST_REASONS: usize = 20;

#[derive(Debug, Args)]
pub struct Ask {
    /// URL of the queue that messages were put aside in
    #[arg(long, value_name = "URL", env = "LEADLAKE_DLQ_URL")]
    dlq: QueueUrl,
    /// URL of the queue that they came from
    #[arg(long, value_name = "URL", env = "LEADLAKE_QUEUE_URL")]
    queue: QueueUrl,
    /// Say what would be moved and why it was put aside, and move nothing
    ///
    /// Messages that were looked at count as received once more.
    #[arg(long)]
    dry_run: bool,
    /// At most so many messages
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
}

pub fn run(ask: &Ask, setting: &Setting) -> Result<Ended, CliError> {
    if ask.dlq.is_same_queue(&ask.queue) {
        return Err(CliError::SameQueue);
    }
    let aws = aws::connect()?;
    let [aside, queue] = [&ask.dlq, &ask.queue].map(|url| aws.queue(url.clone()));
    let wanted = Redrive { dry_run: ask.dry_run, limit: ask.limit };
    // SQS stamps messages by the clock on the wall, whatever instant the lake is to be worked on as of.
    let redriven = redrive(&aside, &queue, wanted, Timestamp::now())?;
    print(&redriven, setting.format)?;
    Ok(Ended::well_if(redriven.unsent.is_empty() && redriven.came_back == 0))
}

impl Report for Redriven {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let went = if self.dry_run { "would go" } else { "went" };
        writeln!(out, "{} messages {went} back to their queue", grouped(self.messages()))?;
        for (code, count) in &self.codes {
            writeln!(out, "  {:<16} {:>12}", readable(code), grouped(*count))?;
        }
        let mut reasons: Vec<(&String, &u64)> = self.reasons.iter().collect();
        reasons.sort_by_key(|(reason, count)| (Reverse(**count), *reason));
        if !reasons.is_empty() {
            writeln!(out, "they had been put aside because")?;
        }
        for (reason, count) in reasons.iter().take(MOST_REASONS) {
            writeln!(out, "  {:>12}  {}", grouped(**count), readable(reason))?;
        }
        if reasons.len() > MOST_REASONS {
            writeln!(out, "  and for further reasons; --format json has more of them")?;
        }
        for unsent in &self.unsent {
            writeln!(out, "left alone: {unsent}")?;
        }
        if self.came_back > 0 {
            let again = grouped(self.came_back);
            writeln!(
                out,
                "left alone: {again} messages that were put aside while this ran; see what is still wrong"
            )?;
        }
        if self.undeleted > 0 {
            let twice = grouped(self.undeleted);
            writeln!(
                out,
                "{twice} of them could not be taken away and will come twice, which changes nothing"
            )?;
        }
        Ok(())
    }
}

/// Anybody who may write to the queue may have written it, and a terminal obeys what it is shown.
fn readable(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commonest_reason_comes_first_and_no_terminal_obeys_it() {
        let redriven = Redriven {
            dry_run: true,
            codes: [("gone".to_owned(), 1), ("no_contract".to_owned(), 2_000)].into(),
            reasons: [("a\u{1b}[2Jb is gone".to_owned(), 1), ("fair has no contract".to_owned(), 2_000)]
                .into(),
            came_back: 1,
            ..Redriven::default()
        };
        let mut text = Vec::new();
        redriven.write_text(&mut text).unwrap();
        let expected = "\
2,001 messages would go back to their queue
  gone                        1
  no_contract             2,000
they had been put aside because
         2,000  fair has no contract
             1  a [2Jb is gone
left alone: 1 messages that were put aside while this ran; see what is still wrong
";
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }
}
