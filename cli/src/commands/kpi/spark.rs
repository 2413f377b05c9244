//! A line of numbers as a line of blocks.

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const FLAT: char = '▄';
const NOTHING: char = '·';

/// From the lowest to the highest of the values. A day without a value is a dot.
pub fn spark(values: &[Option<f64>]) -> String {
    let known = || values.iter().flatten().copied().filter(|value| value.is_finite());
    let lowest = known().fold(f64::INFINITY, f64::min);
    let highest = known().fold(f64::NEG_INFINITY, f64::max);
    let block = |value: f64| {
        if highest <= lowest {
            return FLAT;
        }
        let height = (value - lowest) / (highest - lowest) * (BLOCKS.len() - 1) as f64;
        BLOCKS.get(height.round() as usize).copied().unwrap_or(NOTHING)
    };
    values.iter().map(|value| value.filter(|value| value.is_finite()).map_or(NOTHING, block)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_follow_values() {
        assert_eq!(spark(&[Some(0.0), Some(3.5), None, Some(7.0)]), "▁▅·█");
        assert_eq!(spark(&[Some(2.0), Some(2.0)]), "▄▄");
        assert_eq!(spark(&[Some(f64::NAN), None]), "··");
        assert_eq!(spark(&[]), "");
    }
}
