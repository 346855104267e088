"""What doors share: refusals as answers, amounts in words, pages of long lists."""
