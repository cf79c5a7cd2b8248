"""The instruments of human rights and humanitarian law that a text may name: what they are called, and their records.

Names are those in English first; Russian, French, German and Spanish ones stand where books in these languages use
them daily. Dates are of adoption, places those of the United Nations, League of Nations and European Treaty Series.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Instrument:
    """An instrument: the key and record to propose, its whole name, and what else it is called."""

    key: str
    name: str
    others: tuple[str, ...]
    record: str

    @property
    def names(self) -> tuple[str, ...]:
        """Return all that it is called, its whole name first."""
        return (self.name, *self.others)

    @property
    def proposal(self) -> str:
        """Return an entry to be put into the references."""
        return f"- {{id: {self.key}, {self.record.format(title=self.name)}}}"


_TREATY = 'type: treaty, title: "{{title}}", issued: {0}, container-title: {1}, volume: {2}, page: {3}'
_NUMBERED = 'type: treaty, title: "{{title}}", issued: {0}, container-title: {1}, number: {2}'
_DOCUMENT = 'type: document, genre: resolution, authority: {1}, title: "{{title}}", number: {2}, issued: {0}'
_DATED = 'type: treaty, title: "{{title}}", issued: {0}'

_TABLE = """
udhr | Universal Declaration of Human Rights | UDHR; Universal Declaration; Всеобщая декларация прав человека; Déclaration universelle des droits de l’homme; Allgemeine Erklärung der Menschenrechte; Declaración Universal de Derechos Humanos; Declaración Universal de los Derechos Humanos | 1948-12-10 UNGA 217 A(III)
iccpr | International Covenant on Civil and Political Rights | ICCPR; Международный пакт о гражданских и политических правах; Pacte international relatif aux droits civils et politiques; Internationaler Pakt über bürgerliche und politische Rechte; Pacto Internacional de Derechos Civiles y Políticos | 1966-12-16 UNTS 999 171
icescr | International Covenant on Economic, Social and Cultural Rights | ICESCR; Международный пакт об экономических, социальных и культурных правах; Pacte international relatif aux droits économiques, sociaux et culturels | 1966-12-16 UNTS 993 3
icerd | International Convention on the Elimination of All Forms of Racial Discrimination | ICERD; Convention on the Elimination of All Forms of Racial Discrimination; Racial Discrimination Convention | 1965-12-21 UNTS 660 195
cedaw | Convention on the Elimination of All Forms of Discrimination against Women | CEDAW | 1979-12-18 UNTS 1249 13
uncat | Convention against Torture and Other Cruel, Inhuman or Degrading Treatment or Punishment | UNCAT; Convention against Torture; Torture Convention; Конвенция против пыток; Convention contre la torture; Antifolterkonvention | 1984-12-10 UNTS 1465 85
crc | Convention on the Rights of the Child | UNCRC; Конвенция о правах ребенка; Конвенция о правах ребёнка; Convention relative aux droits de l’enfant; Kinderrechtskonvention | 1989-11-20 UNTS 1577 3
icrmw | International Convention on the Protection of the Rights of All Migrant Workers and Members of Their Families | ICRMW; Migrant Workers Convention | 1990-12-18 UNTS 2220 3
cped | International Convention for the Protection of All Persons from Enforced Disappearance | ICPPED; Enforced Disappearance Convention | 2006-12-20 UNTS 2716 3
crpd | Convention on the Rights of Persons with Disabilities | CRPD | 2006-12-13 UNTS 2515 3
genocide1948 | Convention on the Prevention and Punishment of the Crime of Genocide | Genocide Convention; Конвенция о предупреждении преступления геноцида и наказании за него; Völkermordkonvention; Convention pour la prévention et la répression du crime de génocide | 1948-12-09 UNTS 78 277
refugees1951 | Convention Relating to the Status of Refugees | Refugee Convention; 1951 Convention; Genfer Flüchtlingskonvention | 1951-07-28 UNTS 189 137
refugees1967 | Protocol Relating to the Status of Refugees | Refugee Protocol; 1967 Protocol | 1967-01-31 UNTS 606 267
stateless1954 | Convention Relating to the Status of Stateless Persons | Statelessness Convention | 1954-09-28 UNTS 360 117
stateless1961 | Convention on the Reduction of Statelessness | | 1961-08-30 UNTS 989 175
slavery1926 | Slavery Convention | | 1926-09-25 LNTS 60 253
slavery1956 | Supplementary Convention on the Abolition of Slavery, the Slave Trade, and Institutions and Practices Similar to Slavery | Supplementary Slavery Convention | 1956-09-07 UNTS 266 3
apartheid1973 | International Convention on the Suppression and Punishment of the Crime of Apartheid | Apartheid Convention | 1973-11-30 UNTS 1015 243
limitations1968 | Convention on the Non-Applicability of Statutory Limitations to War Crimes and Crimes against Humanity | | 1968-11-26 UNTS 754 73
hostages1979 | International Convention against the Taking of Hostages | Hostages Convention | 1979-12-17 UNTS 1316 205
palermo2000 | Protocol to Prevent, Suppress and Punish Trafficking in Persons, Especially Women and Children | Palermo Protocol; Trafficking Protocol | 2000-11-15 UNTS 2237 319
charter1945 | Charter of the United Nations | UN Charter; United Nations Charter; Устав ООН; Устав Организации Объединенных Наций; Charte des Nations Unies; Charta der Vereinten Nationen; UN-Charta; Carta de las Naciones Unidas | 1945-06-26
icj1945 | Statute of the International Court of Justice | ICJ Statute | 1945-06-26
london1945 | Charter of the International Military Tribunal | Nuremberg Charter; London Charter | 1945-08-08 UNTS 82 279
rome1998 | Rome Statute of the International Criminal Court | Rome Statute; Римский статут; Statut de Rome; Römisches Statut; Estatuto de Roma | 1998-07-17 UNTS 2187 3
icty1993 | Statute of the International Criminal Tribunal for the former Yugoslavia | ICTY Statute | 1993-05-25 UNSC 827
ictr1994 | Statute of the International Criminal Tribunal for Rwanda | ICTR Statute | 1994-11-08 UNSC 955
vclt | Vienna Convention on the Law of Treaties | VCLT | 1969-05-23 UNTS 1155 331
vcdr | Vienna Convention on Diplomatic Relations | VCDR | 1961-04-18 UNTS 500 95
vccr | Vienna Convention on Consular Relations | VCCR | 1963-04-24 UNTS 596 261
unclos | United Nations Convention on the Law of the Sea | UNCLOS | 1982-12-10 UNTS 1833 3
geneva1 | Geneva Convention for the Amelioration of the Condition of the Wounded and Sick in Armed Forces in the Field | First Geneva Convention; Geneva Convention I | 1949-08-12 UNTS 75 31
geneva2 | Geneva Convention for the Amelioration of the Condition of Wounded, Sick and Shipwrecked Members of Armed Forces at Sea | Second Geneva Convention; Geneva Convention II | 1949-08-12 UNTS 75 85
geneva3 | Geneva Convention relative to the Treatment of Prisoners of War | Third Geneva Convention; Geneva Convention III | 1949-08-12 UNTS 75 135
geneva4 | Geneva Convention relative to the Protection of Civilian Persons in Time of War | Fourth Geneva Convention; Geneva Convention IV; Четвертая Женевская конвенция; Quatrième Convention de Genève | 1949-08-12 UNTS 75 287
protocol1 | Protocol Additional to the Geneva Conventions of 12 August 1949, and relating to the Protection of Victims of International Armed Conflicts | Additional Protocol I; First Additional Protocol; Protocol I Additional | 1977-06-08 UNTS 1125 3
protocol2 | Protocol Additional to the Geneva Conventions of 12 August 1949, and relating to the Protection of Victims of Non-International Armed Conflicts | Additional Protocol II; Second Additional Protocol; Protocol II Additional | 1977-06-08 UNTS 1125 609
protocol3 | Protocol Additional to the Geneva Conventions of 12 August 1949, and relating to the Adoption of an Additional Distinctive Emblem | Additional Protocol III; Third Additional Protocol | 2005-12-08 UNTS 2404 261
hague1907 | Convention (IV) respecting the Laws and Customs of War on Land | Hague Regulations; Hague Convention IV; Fourth Hague Convention; Haager Landkriegsordnung | 1907-10-18
hague1954 | Convention for the Protection of Cultural Property in the Event of Armed Conflict | Cultural Property Convention; 1954 Hague Convention | 1954-05-14 UNTS 249 240
gas1925 | Protocol for the Prohibition of the Use in War of Asphyxiating, Poisonous or Other Gases, and of Bacteriological Methods of Warfare | Geneva Protocol of 1925; 1925 Geneva Protocol | 1925-06-17 LNTS 94 65
bwc1972 | Convention on the Prohibition of the Development, Production and Stockpiling of Bacteriological (Biological) and Toxin Weapons and on Their Destruction | Biological Weapons Convention | 1972-04-10 UNTS 1015 163
cwc1993 | Convention on the Prohibition of the Development, Production, Stockpiling and Use of Chemical Weapons and on Their Destruction | Chemical Weapons Convention | 1993-01-13 UNTS 1974 45
ccw1980 | Convention on Prohibitions or Restrictions on the Use of Certain Conventional Weapons | Convention on Certain Conventional Weapons | 1980-10-10 UNTS 1342 137
mines1997 | Convention on the Prohibition of the Use, Stockpiling, Production and Transfer of Anti-Personnel Mines and on Their Destruction | Mine Ban Treaty; Ottawa Convention; Anti-Personnel Mine Ban Convention | 1997-09-18 UNTS 2056 211
cluster2008 | Convention on Cluster Munitions | | 2008-05-30 UNTS 2688 39
echr | Convention for the Protection of Human Rights and Fundamental Freedoms | ECHR; European Convention on Human Rights; Европейская конвенция о защите прав человека; Европейская конвенция по правам человека; Convention européenne des droits de l’homme; Europäische Menschenrechtskonvention; EMRK; Convenio Europeo de Derechos Humanos | 1950-11-04 UNTS 213 221
esc1961 | European Social Charter | | 1961-10-18 UNTS 529 89
ecpt1987 | European Convention for the Prevention of Torture and Inhuman or Degrading Treatment or Punishment | European Torture Convention | 1987-11-26 ETS 126
fcnm1995 | Framework Convention for the Protection of National Minorities | FCNM | 1995-02-01 ETS 157
ecrml1992 | European Charter for Regional or Minority Languages | | 1992-11-05 ETS 148
istanbul2011 | Council of Europe Convention on Preventing and Combating Violence against Women and Domestic Violence | Istanbul Convention | 2011-05-11 CETS 210
achr | American Convention on Human Rights | Pact of San José; Convención Americana sobre Derechos Humanos | 1969-11-22 UNTS 1144 123
achpr | African Charter on Human and Peoples’ Rights | Banjul Charter | 1981-06-27 UNTS 1520 217
helsinki1975 | Final Act of the Conference on Security and Co-operation in Europe | Helsinki Final Act; Хельсинкский заключительный акт; Acte final d’Helsinki; Schlussakte von Helsinki | 1975-08-01
paris1990 | Charter of Paris for a New Europe | Charter of Paris | 1990-11-21
aarhus1998 | Convention on Access to Information, Public Participation in Decision-Making and Access to Justice in Environmental Matters | Aarhus Convention | 1998-06-25 UNTS 2161 447
ilo29 | Forced Labour Convention | ILO Convention No. 29 | 1930-06-28 UNTS 39 55
ilo169 | Indigenous and Tribal Peoples Convention | ILO Convention No. 169 | 1989-06-27 UNTS 1650 383
ilo182 | Worst Forms of Child Labour Convention | ILO Convention No. 182 | 1999-06-17 UNTS 2133 161
colonial1960 | Declaration on the Granting of Independence to Colonial Countries and Peoples | | 1960-12-14 UNGA 1514 (XV)
friendly1970 | Declaration on Principles of International Law concerning Friendly Relations and Co-operation among States in accordance with the Charter of the United Nations | Friendly Relations Declaration; Declaration on Friendly Relations | 1970-10-24 UNGA 2625 (XXV)
aggression1974 | Definition of Aggression | | 1974-12-14 UNGA 3314 (XXIX)
women1974 | Declaration on the Protection of Women and Children in Emergency and Armed Conflict | | 1974-12-14 UNGA 3318 (XXIX)
minorities1992 | Declaration on the Rights of Persons Belonging to National or Ethnic, Religious and Linguistic Minorities | | 1992-12-18 UNGA 47/135
disappeared1992 | Declaration on the Protection of All Persons from Enforced Disappearance | | 1992-12-18 UNGA 47/133
violence1993 | Declaration on the Elimination of Violence against Women | DEVAW | 1993-12-20 UNGA 48/104
remedy2005 | Basic Principles and Guidelines on the Right to a Remedy and Reparation | | 2005-12-16 UNGA 60/147
undrip | United Nations Declaration on the Rights of Indigenous Peoples | UNDRIP | 2007-09-13 UNGA 61/295
mandela2015 | United Nations Standard Minimum Rules for the Treatment of Prisoners | Nelson Mandela Rules; Mandela Rules; Standard Minimum Rules for the Treatment of Prisoners | 2015-12-17 UNGA 70/175
"""


def _record(text: str) -> str:
    date, _, place = text.strip().partition(" ")
    series, _, number = place.partition(" ")
    if series in ("UNTS", "LNTS"):
        return _TREATY.format(date, series, *number.split(" "))
    if series in ("UNGA", "UNSC"):
        return _DOCUMENT.format(date, series, number)
    if series in ("ETS", "CETS"):
        return _NUMBERED.format(date, series, number)
    return _DATED.format(date)


def _read() -> Iterator[Instrument]:
    for row in filter(None, _TABLE.splitlines()):
        key, name, others, record = (part.strip() for part in row.split("|"))
        names = tuple(other.strip() for other in others.split(";") if other.strip())
        yield Instrument(key, name, names, _record(record))


INSTRUMENTS: tuple[Instrument, ...] = tuple(_read())


_CYRILLIC = re.compile("[А-я]")


@cache
def _latin() -> tuple[re.Pattern[str], Mapping[str, Instrument]]:
    """Return what finds a name, and whose it is: names of four words in any case, shorter ones as they stand."""
    by_name = {name: one for one in INSTRUMENTS for name in one.names if not _CYRILLIC.search(name)}
    parts = []
    for name in sorted(by_name, key=len, reverse=True):
        words = re.escape(name).replace(r"\ ", r"\s+").replace("’", "['’]")
        parts.append(f"(?i:{words})" if name.count(" ") >= 3 else words)
    folded = {name.casefold(): one for name, one in by_name.items()}
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)"), folded


@cache
def _cyrillic() -> tuple[tuple[re.Pattern[str], Instrument], ...]:
    """Return what finds Russian names in any of their cases."""
    return tuple(
        (re.compile(r"\s+".join(rf"{word[:-2]}\w+" if len(word) > 4 else word for word in name.split())), one)
        for one in INSTRUMENTS
        for name in one.names
        if _CYRILLIC.search(name)
    )


def instruments_in(words: str) -> Iterator[tuple[int, int, Instrument]]:
    """Yield the instruments that words name, with their places.

    >>> text = "By the UDHR, the convention on the rights of the child and Всеобщей декларации прав человека, …"
    >>> [(text[start:end], one.key) for start, end, one in instruments_in(text)][1:]
    [('convention on the rights of the child', 'crc'), ('Всеобщей декларации прав человека', 'udhr')]
    """
    pattern, folded = _latin()
    for found in pattern.finditer(words):
        yield found.start(), found.end(), folded[" ".join(found[0].split()).replace("'", "’").casefold()]
    if _CYRILLIC.search(words):
        for pattern, instrument in _cyrillic():
            for found in pattern.finditer(words):
                yield found.start(), found.end(), instrument
