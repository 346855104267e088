"""Money that leaves: withdrawals, holds, transfers inside an organization."""
