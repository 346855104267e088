"""Bank statements of our own making, shaped as banks shape them."""

import io
from collections.abc import Sequence

OURS = "62000000000000009"
COLUMNS = "account,currency,reference,booked_on,amount,payer,payer_account,paid_into,remittance"


def stream(content: str | bytes) -> io.BytesIO:
    return io.BytesIO(content if isinstance(content, bytes) else content.encode())


def csv_line(
    reference: str,
    amount: str,
    *,
    booked_on: str = "2026-03-19",
    payer: str = "",
    paid_into: str = "",
    currency: str = "CNY",
    account: str = OURS,
    remittance: str = "",
) -> str:
    fields = (account, currency, reference, booked_on, amount, payer, "", paid_into, remittance)
    return ",".join(fields)


def csv_file(*lines: str, header: str = COLUMNS) -> str:
    return "\n".join([header, *lines, ""])


def entry(
    reference: str,
    amount: str,
    *,
    direction: str = "CRDT",
    booked: str = "<Dt>2026-03-19</Dt>",
    status: str = "<Cd>BOOK</Cd>",
    payer: str = "",
    paid_into: str = "",
    currency: str = "CNY",
    details: str | None = None,
    remittance: str = "prepayment",
) -> str:
    """One `Ntry`. `details` replaces its transactions."""
    return f"""
      <Ntry>
        <NtryRef>1</NtryRef>
        <Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd>
        <Sts>{status}</Sts>
        <BookgDt>{booked}</BookgDt><ValDt><Dt>2026-03-20</Dt></ValDt>
        <AcctSvcrRef>{reference}</AcctSvcrRef>
        <BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>DMCT</SubFmlyCd></Fmly></Domn></BkTxCd>
        <NtryDtls>{transaction(payer=payer, paid_into=paid_into, remittance=remittance) if details is None else details}</NtryDtls>
      </Ntry>"""


def transaction(
    *,
    amount: str = "",
    reference: str = "",
    payer: str = "",
    paid_into: str = "",
    remittance: str = "",
) -> str:
    """One `TxDtls`."""
    own = f"<AcctSvcrRef>{reference}</AcctSvcrRef>" if reference else ""
    money = f'<Amt Ccy="CNY">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>' if amount else ""
    into = f"<CdtrAcct><Id><Othr><Id>{paid_into}</Id></Othr></Id></CdtrAcct>" if paid_into else ""
    return f"""<TxDtls><Refs>{own}<EndToEndId>NOTPROVIDED</EndToEndId></Refs>{money}
      <RltdPties><Dbtr><Pty><Nm>{payer}</Nm></Pty></Dbtr>
        <DbtrAcct><Id><Othr><Id>6200 0000 0000 0077</Id></Othr></Id></DbtrAcct>{into}</RltdPties>
      <RmtInf><Ustrd>{remittance}</Ustrd></RmtInf></TxDtls>"""


def balance(code: str, amount: str, direction: str = "CRDT") -> str:
    return f"""<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">{amount}</Amt>
      <CdtDbtInd>{direction}</CdtDbtInd><Dt><Dt>2026-03-19</Dt></Dt></Bal>"""


def camt(
    entries: Sequence[str],
    balances: Sequence[str] = (),
    *,
    version: str = "08",
    account: str = f"<Othr><Id>{OURS}</Id></Othr>",
    prolog: str = '<?xml version="1.0" encoding="UTF-8"?>',
) -> str:
    """A whole camt.053 file with one statement."""
    return f"""{prolog}
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">
  <BkToCstmrStmt>
    <GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-03-20T01:00:00+08:00</CreDtTm></GrpHdr>
    <Stmt>
      <Id>S1</Id><ElctrncSeqNb>79</ElctrncSeqNb><CreDtTm>2026-03-20T01:00:00+08:00</CreDtTm>
      <Acct><Id>{account}</Id><Ccy>CNY</Ccy><Ownr><Nm>Cloudridge Computing Ltd</Nm></Ownr></Acct>
      {"".join(balances)}{"".join(entries)}
    </Stmt>
  </BkToCstmrStmt>
</Document>"""
