"""CSV of banks by their formats, which are data: each shipped one on a file as that bank writes it, and habits of others."""

from datetime import date
from decimal import Decimal

import pytest

from ledger.domain import bank_table
from ledger.domain.bank_files import BadLine, Head, Line, Problem, Skipped
from ledger.domain.bank_format import parse, shipped
from ledger.domain.bank_rows import Ours
from tests.bank_files import OURS, stream

ABC = """交易日期,交易时间,交易摘要,交易金额,本次余额,对手信息,日 志 号,交易渠道,交易附言
20240101,090102,转存,+10000.00,12000.00,云帆印刷有限公司,123456789,网银,预付
20240102,,结息,+0.00,12000.00,--,--,--,--
20240103,101112,转支,-300.00,11700.00,张三,123456790,掌银,
"""
BOC = """中国银行交易流水明细清单,,,,,,,,,,,,
记账日期,记账时间,币别,金额,余额,交易名称,渠道,网点名称,附言,对方账户名,对方卡号/账号,对方开户行,借记卡号
2024-01-01,09:01:02,人民币,"1,234,567.89","2,000,000.00",转账收入,网上银行,-------------------,货款,云帆印刷有限公司,6222****1234,工商银行,6217000000000001
2024-01-02,09:01:03,人民币,"-1,000.00","1,999,000.00",转账支出,网上银行,-------------------,-------------------,-------------------,-------------------,-------------------,6217000000000001
"""
CMB = """记账日期,货币,交易金额,联机余额,交易摘要,对手信息,客户摘要
2024-01-03,人民币,100.00,1300.00,转账汇款,云帆印刷,一
2024-01-02,人民币,100.00,1200.00,转账汇款,云帆印刷,二
2024-01-04,人民币,"-1,000.00",300.00,手续费,,
"""
ICBC = """明细查询文件下载\t
卡号: 6222000000000009\t
子账户序号: 00000\t子账户类别: 活期\t

交易日期,摘要,交易详情,交易场所,交易国家或地区简称,钞/汇,交易金额(收入),交易金额(支出),交易币种,记账金额(收入),记账金额(支出),记账币种,余额,对方户名,对方账户
2024-01-01,转账  ,货款\t,网上银行 ,CHN,钞,"1,500.00",-,人民币,"1,500.00",-,人民币,"2,500.00",云帆印刷有限公司 ,6222000000000077\t
2024-01-02,消费  ,-\t,商户 ,CHN,钞,-,20.00,人民币,-,20.00,人民币,"2,480.00",-,-\t
人民币合计,,,,,,"1,500.00",20.00,,,,,,,
"""
ALIPAY = """------------------------------------------------------------------------------------
导出信息：
姓名：云山
支付宝账户：finance@cloudridge.example
起始时间：[2024-01-01 00:00:00]    终止时间：[2024-02-01 00:00:00]
共4笔记录
------------------------支付宝（中国）网络技术有限公司  电子客户回单------------------------
交易时间,交易分类,交易对方,对方账号,商品说明,收/支,金额,收/付款方式,交易状态,交易订单号,商家订单号,备注,
2024-01-05 10:00:00,转账红包,云帆,pay***@a.cn,预付,收入,88.00,,交易成功,2024010522001\t,M1\t,,
2024-01-06 10:00:00,日用百货,店,/,纸,支出,12.50,余额宝,交易成功,2024010622002\t,\t,,
2024-01-07 10:00:00,投资理财,余额宝,/,转入,不计收支,500.00,余额,交易成功,2024010722003\t,\t,,
2024-01-08 10:00:00,日用百货,店,/,笔,支出,3.00,余额宝,交易关闭,2024010822004\t,\t,,
------------------------------------------------------------------------------------
"""
WECHAT = """微信支付账单明细,,,,,,,,,,
微信昵称：[云山科技],,,,,,,,,,
起始时间：[2024-01-01 00:00:00],,,,,,,,,,
----------------------微信支付账单明细列表--------------------,,,,,,,,,,
交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注
2024-01-05 10:00:00,转账,云帆,"转账备注:微信转账",收入,¥66.00,/,已存入零钱,`100005001,`M-1,"/"
2024-01-06 10:00:00,商户消费,店,"纸",支出,¥6.60,零钱,已退款(￥2.00),`100005002,`M-2,"/"
2024-01-07 10:00:00,零钱提现,银行,"/",/,¥60.00,银行,提现已到账,`100005003,/,"服务费¥0.10"
"""
SPARKASSE = """"Auftragskonto";"Buchungstag";"Buchungstext";"Verwendungszweck";"Kundenreferenz (End-to-End)";"Beguenstigter/Zahlungspflichtiger";"Kontonummer/IBAN";"Betrag";"Waehrung";"Info"
"DE89370400440532013000";"02.01.24";"GUTSCHR. UEBERWEISUNG";"RF18539007547034";"R-1";"Müller GmbH";"DE02120300000000202051";"1.234,50";"EUR";"Umsatz gebucht"
"DE89370400440532013000";"03.01.24";"LASTSCHRIFT";"Strom";"R-2";"Stadtwerke";"DE02120300000000202052";"-12,00";"EUR";"Umsatz vorgemerkt"
"""
FILES = {
    "abc": (ABC, "gb18030"),
    "boc": (BOC, "utf-8-sig"),
    "cmb": (CMB, "gbk"),
    "icbc": (ICBC, "gb18030"),
    "alipay": (ALIPAY, "gbk"),
    "wechat": (WECHAT, "utf-8-sig"),
    "de-sparkasse": (SPARKASSE, "windows-1252"),
}
AMOUNTS = {
    "abc": ["10000.00", None, "-300.00"],
    "boc": ["1234567.89", "-1000.00"],
    "cmb": ["100.00", "100.00", "-1000.00"],
    "icbc": ["1500.00", "-20.00"],
    "alipay": ["88.00", "-12.50", None, None],
    "wechat": ["66.00", "-6.60", None],
    "de-sparkasse": ["1234.50", None],
}
GENERIC = {"name": "Ours", "currency": "CNY", "dates": "YYYY-MM-DD", "booked_on": "Date"}


def read(content: str | bytes, form, ours=None):
    head, lines = bank_table.read(stream(content), form, ours or Ours(OURS))
    return head, list(lines)


def made(**more: str):
    return parse("x", GENERIC | {"amount": "Amount"} | more)


def one(amount: str, day: str = "2024-01-02", **more: str) -> Line | BadLine | Skipped:
    mark = {"semicolon": ";", "tab": "\t"}.get(more.get("delimiter", ""), ",")
    cell = f'"{amount}"' if mark == "," else amount
    return read(f"Date{mark}Amount\n{day}{mark}{cell}\n", made(**more))[1][0]


@pytest.mark.parametrize("code", FILES)
def test_a_file_of_each_shipped_format_is_recognised_and_read_to_the_cent(code):
    text, encoding = FILES[code]
    file = stream(text.encode(encoding))
    assert bank_table.recognised(file, shipped().values()).code == code
    ours = Ours() if code in {"boc", "icbc", "alipay", "wechat", "de-sparkasse"} else Ours(OURS)
    _head, lines = read(text.encode(encoding), shipped()[code], ours)
    assert not [str(line.problem) for line in lines if isinstance(line, BadLine)]
    assert [None if isinstance(x, Skipped) else str(x.amount) for x in lines] == AMOUNTS[code]
    assert set(shipped()) == set(FILES)


def test_every_line_end_reads_the_same():
    lines = read(ICBC.encode("gb18030"), shipped()["icbc"], Ours())
    for end in ("\r", "\r\n"):
        assert read(ICBC.replace("\n", end).encode("gb18030"), shipped()["icbc"], Ours()) == lines


def test_a_line_says_who_paid_from_where_what_for_and_when():
    head, (first, second) = read(ICBC.encode("gb18030"), shipped()["icbc"], Ours())
    assert head == Head("6222000000000009", "CNY")
    assert first == Line(
        6, "2,500.00", Decimal("1500.00"), date(2024, 1, 1), "云帆印刷有限公司", "6222000000000077", "",
        "转账 货款 网上银行", Decimal("2500.00"),
    )  # fmt: skip
    assert (second.payer, second.payer_account) == ("", "")
    assert read(WECHAT, shipped()["wechat"], Ours())[1][0].reference == "100005001"
    assert read(ALIPAY, shipped()["alipay"], Ours())[0].account == "finance@cloudridge.example"


def test_without_a_reference_the_balance_tells_two_equal_lines_apart():
    _head, lines = read(CMB, shipped()["cmb"])
    assert [(line.reference, line.booked_on.day) for line in lines[:2]] == [
        ("1300.00", 3),
        ("1200.00", 2),
    ]


@pytest.mark.parametrize(("amount", "options", "value"), [
    ("1'000.00", {"thousands": "apostrophe"}, "1000.00"),
    ("-1.000,00", {"decimal": "comma", "thousands": "dot", "delimiter": "semicolon"}, "-1000.00"),
    ("(12.50)", {}, "-12.50"),
    ("12.50 DR", {}, "-12.50"),
    ("12.50CR", {}, "12.50"),
    ("12.50-", {}, "-12.50"),
    ("¥ 12.5", {}, "12.50"),
    ("1 000,5", {"decimal": "comma", "thousands": "blank", "delimiter": "tab"}, "1000.50"),
])  # fmt: skip
def test_amounts_are_read_as_the_format_says(amount, options, value):
    assert one(amount, **options).amount == Decimal(value)


@pytest.mark.parametrize(("amount", "options", "sentence"), [
    ("1,23", {"thousands": "comma"}, "the amount 1,23 is not a number."),
    ("1.5", {"decimal": "comma", "thousands": "dot", "delimiter": "semicolon"}, "the amount 1.5 is not a number."),
    ("-3.000", {}, "the amount -3.000 has too many digits for CNY."),
    ("1e5", {}, "the amount 1e5 is not a number."),
    ("١٢", {}, "the amount ١٢ is not a number."),
    ("", {}, "the amount ? is not a number."),
])  # fmt: skip
def test_an_amount_that_may_mean_something_else_is_refused_with_its_column(
    amount, options, sentence
):
    line = one(amount, **options)
    assert (line.number, str(line.problem), line.problem.column) == (2, sentence, "Amount")


@pytest.mark.parametrize(("day", "sentence"), [
    ("226-03-19", "the date 226-03-19 is not written YYYY-MM-DD."),
    ("0226-03-19", "the date 0226-03-19 is not plausible: check its year."),
    ("31/12/2024", "the date 31/12/2024 is not written YYYY-MM-DD."),
])  # fmt: skip
def test_a_day_that_is_not_plausible_is_refused_with_its_column(day, sentence):
    line = one("1", day)
    assert (str(line.problem), line.problem.column) == (sentence, "Date")


def test_a_reference_that_a_spreadsheet_rounded_is_refused_by_name():
    form = made(reference="Ref")
    (line,) = read("Date,Amount,Ref\n2024-01-02,1,2.02611E+19\n", form)[1]
    assert (line.problem.column, "2.02611E+19" in str(line.problem)) == ("Ref", True)


def test_a_word_for_direction_or_status_that_nobody_listed_is_refused():
    alipay = shipped()["alipay"]
    for known, word in (("收入", "进账"), ("交易成功", "交易待定")):
        lines = read(ALIPAY.replace(known, word, 1), alipay, Ours())[1]
        (bad,) = [line for line in lines if isinstance(line, BadLine)]
        assert str(bad.problem) == (
            f"the word {word} is not one that the format knows: add it to the format."
        )


def test_rows_of_commas_are_nothing_and_a_row_of_another_length_is_refused():
    content = "Date,Amount\n,\n2024-01-02,1,\n2024-01-02,1,x\n2024-01-02\n"
    lines = read(content, made())[1]
    assert [type(line).__name__ for line in lines] == ["Line", "BadLine", "BadLine"]
    assert [line.number for line in lines] == [3, 4, 5]


@pytest.mark.parametrize(("content", "ours", "sentence"), [
    ("x", Ours(OURS), "no line of it is a header with the columns Amount, Date: choose another format."),
    ("Date,Amount\n", Ours(OURS), "it has no lines besides its header."),
    ("Date,Amount\n2024-01-02,1\n", Ours(), "it does not say which account it is of: enter our account beside the file."),
    ("Date,Date,Amount\n", Ours(OURS), "the column date appears twice."),
    (b"\xff\xfe\xff", Ours(OURS), "its characters cannot be read."),
    (b"Date\x81", Ours(OURS), "it is not text in utf-8."),
    ('Date,Amount\n2024-01-02,"1\n\n\n\n\n\n\n', Ours(OURS), "line 2: its quotes are broken."),
    ("Date,Amount\n" + "x" * 80_000, Ours(OURS), "a line is longer than 10000 characters."),
])  # fmt: skip
def test_a_table_that_makes_no_sense_is_refused_in_one_sentence(content, ours, sentence):
    with pytest.raises(Problem) as caught:
        read(content, made(), ours)
    assert str(caught.value) == sentence


def test_a_masked_account_is_no_account_and_another_one_is_refused():
    icbc = shipped()["icbc"]
    masked = ICBC.replace("6222000000000009", "6222****0009")
    assert read(masked, icbc, Ours(OURS))[0].account == OURS
    for content, ours in ((masked, Ours()), (ICBC, Ours("77"))):
        with pytest.raises(Problem):
            read(content, icbc, ours)


def test_a_header_that_fits_two_formats_equally_is_for_a_person():
    twins = [parse(code, GENERIC | {"name": code, "amount": "Amount"}) for code in ("a", "b")]
    with pytest.raises(Problem) as caught:
        bank_table.recognised(stream("Date,Amount\n2024-01-02,1\n"), twins)
    assert str(caught.value) == "its header fits several formats (a, b): choose one of them."
    more = parse("c", GENERIC | {"amount": "Amount", "payer": "Payer"})
    assert bank_table.recognised(stream("Date,Amount,Payer\n"), [*twins, more]) == more


@pytest.mark.parametrize(("change", "field"), [
    ({"dates": ""}, "dates"), ({"dates": "%Y"}, "dates"), ({"dates": "YYYY"}, "dates"),
    ({"amount": ""}, "amount"), ({"money_in": "In"}, "amount"),
    ({"amount": "", "money_in": "In"}, "money_out"), ({"direction": "D"}, "incoming"),
    ({"status": "S"}, "statuses_booked"), ({"currency": "XTS"}, "currency"), ({"currency": ""}, "currency"),
    ({"thousands": "dot"}, "thousands"), ({"delimiter": "#"}, "delimiter"), ({"encodings": "klingon"}, "encodings"),
    ({"currencies": "人民币"}, "currencies"), ({"surprise": "1"}, "surprise"), ({"name": "x" * 1_001}, "name"),
])  # fmt: skip
def test_a_definition_that_makes_no_format_names_its_field(change, field):
    with pytest.raises(Problem) as caught:
        made(**change)
    assert caught.value.column == field
