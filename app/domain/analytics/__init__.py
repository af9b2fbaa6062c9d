"""What failures and recoveries add up to: measures, periods, rates and times. Pure; no sums across currencies."""
