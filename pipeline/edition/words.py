"""A language tag comes in; the fixed words that an edition adds in that language go out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_EN: dict[str, Any] = {
    "contents": "Contents",
    "notes": "Notes",
    "chapter": "Chapter {}",
    "part": "Part {}",
    "appendix": "Appendix {}",
    "figure": "Figure {}",
    "table": "Table {}",
    "equation": "equation {}",
    "section": "‘{}’",
    "note": "note {}",
    "page": "page",
    "back_to_text": "Back to the text",
    "description": "Description",
    "back_to": "Back to {}",
    "the_picture": "the picture",
    "the_table": "the table",
    "editorial_matter": "Editorial matter: not the author’s words",
    "cover": "Cover",
    "title_page": "Title page",
    "imprint": "Imprint",
    "colophon": "Colophon",
    "isbn": "ISBN ({})",
    "set_in": "Set in {}.",
    "set_in_yours": "Set in the face of your reading system.",
    "set_in_yours_with": "Set in the face of your reading system, with {}.",
    "made_with": "Made with {}.",
    "digest": "The manuscript has the digest {} (SHA-256, the first sixteen figures).",
    "and": "{} and {}",
    "half_title": "Half-title",
    "series_page": "Series",
    "frontispiece": "Frontispiece",
    "dedication": "Dedication",
    "figures": "Figures",
    "tables": "Tables",
    "edition_note": "A Note on This Edition",
    "works": "Works Cited",
    "doi": "DOI",
    "license": "Licence",
    "funding": "Funding",
    "cataloguing": "Cataloguing data",
    "safety": "Product safety",
    "notes_to_pages": "Notes to pages {}",
    "notes_to_page": "Notes to page {}",
    "continued": "continued",
    "voices": {
        "author": "",
        "translator": "Translator’s note",
        "editor": "Editor’s note",
        "source": "Source note",
        "textual": "Textual note",
    },
    "roles": {
        "trl": "Translated by {}",
        "edt": "Edited by {}",
        "ill": "Illustrated by {}",
        "win": "Introduction by {}",
        "aui": "Introduction by {}",
        "wfw": "Foreword by {}",
        "aft": "Afterword by {}",
        "pht": "Photographs by {}",
        "com": "Compiled by {}",
        "ann": "Annotated by {}",
    },
}

_TABLE: dict[str, dict[str, Any]] = {
    "en": _EN,
    "de": {
        "contents": "Inhalt", "notes": "Anmerkungen", "chapter": "Kapitel {}", "part": "Teil {}",
        "appendix": "Anhang {}", "figure": "Abbildung {}", "table": "Tabelle {}", "equation": "Gleichung {}", "section": "„{}“",
        "note": "Anmerkung {}", "page": "Seite", "back_to_text": "Zurück zum Text",
        "description": "Beschreibung", "back_to": "Zurück zu {}", "the_picture": "dem Bild",
        "the_table": "der Tabelle",
        "editorial_matter": "Text der Herausgeber: keine Worte des Autors", "cover": "Umschlag",
        "title_page": "Titelseite", "imprint": "Impressum", "colophon": "Kolophon", "isbn": "ISBN ({})",
        "set_in": "Gesetzt aus {}.", "set_in_yours": "Gesetzt in der Schrift Ihres Lesegeräts.",
        "set_in_yours_with": "Gesetzt in der Schrift Ihres Lesegeräts, dazu {}.", "made_with": "Hergestellt mit {}.",
        "digest": "Das Manuskript hat die Prüfsumme {} (SHA-256, die ersten sechzehn Ziffern).", "and": "{} und {}",
        "half_title": "Schmutztitel", "series_page": "Reihe", "frontispiece": "Frontispiz", "dedication": "Widmung",
        "figures": "Abbildungen", "tables": "Tabellen", "edition_note": "Zu dieser Ausgabe", "doi": "DOI",
        "works": "Literaturverzeichnis",
        "license": "Lizenz", "funding": "Förderung", "cataloguing": "Katalogdaten", "safety": "Produktsicherheit",
        "notes_to_pages": "Anmerkungen zu S. {}", "notes_to_page": "Anmerkungen zu S. {}", "continued": "Fortsetzung",
        "voices": {"author": "", "translator": "Anmerkung des Übersetzers", "editor": "Anmerkung des Herausgebers",
                   "source": "Anmerkung der Quelle", "textual": "Textkritische Anmerkung"},
        "roles": {"trl": "Übersetzt von {}", "edt": "Herausgegeben von {}", "ill": "Illustriert von {}",
                  "win": "Einleitung von {}", "aui": "Einleitung von {}", "wfw": "Vorwort von {}",
                  "aft": "Nachwort von {}", "pht": "Fotografien von {}", "com": "Zusammengestellt von {}",
                  "ann": "Kommentiert von {}"},
    },
    "fr": {
        "contents": "Table des matières", "notes": "Notes", "chapter": "Chapitre {}", "part": "Partie {}",
        "appendix": "Annexe {}", "figure": "Figure {}", "table": "Tableau {}", "equation": "équation {}", "section": "«\u00a0{}\u00a0»",
        "note": "note {}", "page": "page", "back_to_text": "Retour au texte",
        "description": "Description", "back_to": "Retour\u00a0: {}", "the_picture": "l’image",
        "the_table": "le tableau",
        "editorial_matter": "Texte des éditeurs\u00a0: ces mots ne sont pas de l’auteur", "cover": "Couverture",
        "title_page": "Page de titre", "imprint": "Mentions légales", "colophon": "Colophon", "isbn": "ISBN ({})",
        "set_in": "Composé en {}.", "set_in_yours": "Composé dans le caractère de votre liseuse.",
        "set_in_yours_with": "Composé dans le caractère de votre liseuse, avec {}.", "made_with": "Réalisé avec {}.",
        "digest": "Le manuscrit porte l’empreinte {} (SHA-256, les seize premiers chiffres).", "and": "{} et {}",
        "half_title": "Faux-titre", "series_page": "Collection", "frontispiece": "Frontispice",
        "dedication": "Dédicace", "figures": "Figures", "tables": "Tableaux",
        "edition_note": "Note sur cette édition", "works": "Ouvrages cités", "doi": "DOI", "license": "Licence", "funding": "Financement",
        "cataloguing": "Données de catalogage", "safety": "Sécurité du produit",
        "notes_to_pages": "Notes des pp. {}", "notes_to_page": "Notes de la p. {}", "continued": "suite",
        "voices": {"author": "", "translator": "Note du traducteur", "editor": "Note de l’éditeur",
                   "source": "Note de la source", "textual": "Note sur le texte"},
        "roles": {"trl": "Traduit par {}", "edt": "Édité par {}", "ill": "Illustré par {}",
                  "win": "Introduction de {}", "aui": "Introduction de {}", "wfw": "Préface de {}",
                  "aft": "Postface de {}", "pht": "Photographies de {}", "com": "Réuni par {}", "ann": "Annoté par {}"},
    },
    "es": {
        "contents": "Índice", "notes": "Notas", "chapter": "Capítulo {}", "part": "Parte {}",
        "appendix": "Apéndice {}", "figure": "Figura {}", "table": "Tabla {}", "equation": "ecuación {}", "section": "«{}»",
        "note": "nota {}", "page": "página", "back_to_text": "Volver al texto",
        "description": "Descripción", "back_to": "Volver: {}", "the_picture": "la imagen",
        "the_table": "la tabla",
        "editorial_matter": "Texto de los editores: no son palabras del autor", "cover": "Cubierta",
        "title_page": "Portada", "imprint": "Créditos", "colophon": "Colofón", "isbn": "ISBN ({})",
        "set_in": "Compuesto en {}.", "set_in_yours": "Compuesto en la letra de su lector.",
        "set_in_yours_with": "Compuesto en la letra de su lector, con {}.", "made_with": "Hecho con {}.",
        "digest": "El manuscrito lleva la huella {} (SHA-256, las dieciséis primeras cifras).", "and": "{} y {}",
        "half_title": "Anteportada", "series_page": "Colección", "frontispiece": "Frontispicio",
        "dedication": "Dedicatoria", "figures": "Figuras", "tables": "Tablas", "works": "Obras citadas", "edition_note": "Nota a esta edición",
        "doi": "DOI", "license": "Licencia", "funding": "Financiación", "cataloguing": "Datos de catalogación",
        "safety": "Seguridad del producto", "notes_to_pages": "Notas a las pp. {}", "notes_to_page": "Notas a la p. {}",
        "continued": "continuación",
        "voices": {"author": "", "translator": "Nota del traductor", "editor": "Nota del editor",
                   "source": "Nota de la fuente", "textual": "Nota textual"},
        "roles": {"trl": "Traducción de {}", "edt": "Edición de {}", "ill": "Ilustraciones de {}",
                  "win": "Introducción de {}", "aui": "Introducción de {}", "wfw": "Prólogo de {}",
                  "aft": "Epílogo de {}", "pht": "Fotografías de {}", "com": "Recopilación de {}", "ann": "Notas de {}"},
    },
    "it": {
        "contents": "Indice", "notes": "Note", "chapter": "Capitolo {}", "part": "Parte {}",
        "appendix": "Appendice {}", "figure": "Figura {}", "table": "Tabella {}", "equation": "equazione {}", "section": "«{}»",
        "note": "nota {}", "page": "pagina", "back_to_text": "Torna al testo",
        "description": "Descrizione", "back_to": "Torna a: {}", "the_picture": "l’immagine",
        "the_table": "la tabella",
        "editorial_matter": "Testo dei curatori: non sono parole dell’autore", "cover": "Copertina",
        "title_page": "Frontespizio", "imprint": "Note editoriali", "colophon": "Colophon", "isbn": "ISBN ({})",
        "set_in": "Composto in {}.", "set_in_yours": "Composto nel carattere del dispositivo di lettura.",
        "set_in_yours_with": "Composto nel carattere del dispositivo di lettura, con {}.", "made_with": "Realizzato con {}.",
        "digest": "Il manoscritto ha l’impronta {} (SHA-256, le prime sedici cifre).", "and": "{} e {}",
        "half_title": "Occhiello", "series_page": "Collana", "frontispiece": "Antiporta", "dedication": "Dedica",
        "figures": "Figure", "tables": "Tabelle", "edition_note": "Nota a questa edizione", "doi": "DOI", "works": "Opere citate",
        "license": "Licenza", "funding": "Finanziamento", "cataloguing": "Dati di catalogazione",
        "safety": "Sicurezza del prodotto", "notes_to_pages": "Note alle pp. {}", "notes_to_page": "Note alla p. {}",
        "continued": "continua",
        "voices": {"author": "", "translator": "Nota del traduttore", "editor": "Nota del curatore",
                   "source": "Nota della fonte", "textual": "Nota testuale"},
        "roles": {"trl": "Traduzione di {}", "edt": "A cura di {}", "ill": "Illustrazioni di {}",
                  "win": "Introduzione di {}", "aui": "Introduzione di {}", "wfw": "Prefazione di {}",
                  "aft": "Postfazione di {}", "pht": "Fotografie di {}", "com": "Raccolta di {}", "ann": "Note di {}"},
    },
    "ru": {
        "contents": "Содержание", "notes": "Примечания", "chapter": "Глава {}", "part": "Часть {}",
        "appendix": "Приложение {}", "figure": "Рисунок {}", "table": "Таблица {}", "equation": "формула {}", "section": "«{}»",
        "note": "примечание {}", "page": "страница", "back_to_text": "Назад к тексту",
        "description": "Описание", "back_to": "Назад: {}", "the_picture": "изображение",
        "the_table": "таблица",
        "editorial_matter": "Текст редакции: не слова автора", "cover": "Обложка",
        "title_page": "Титульный лист", "imprint": "Выходные данные", "colophon": "Колофон", "isbn": "ISBN ({})",
        "set_in": "Набрано шрифтами {}.", "set_in_yours": "Набрано шрифтом вашей программы для чтения.",
        "set_in_yours_with": "Набрано шрифтом вашей программы для чтения, а также {}.", "made_with": "Изготовлено с помощью {}.",
        "digest": "Контрольная сумма рукописи {} (SHA-256, первые шестнадцать знаков).", "and": "{} и {}",
        "half_title": "Авантитул", "series_page": "Серия", "frontispiece": "Фронтиспис", "dedication": "Посвящение",
        "figures": "Рисунки", "tables": "Таблицы", "edition_note": "О настоящем издании", "doi": "DOI",
        "works": "Список литературы",
        "license": "Лицензия", "funding": "Финансирование", "cataloguing": "Каталожные данные",
        "safety": "Безопасность изделия", "notes_to_pages": "Примечания к с. {}", "notes_to_page": "Примечания к с. {}",
        "continued": "продолжение",
        "voices": {"author": "", "translator": "Примечание переводчика", "editor": "Примечание редактора",
                   "source": "Примечание источника", "textual": "Текстологическое примечание"},
        "roles": {"trl": "Переводчик: {}", "edt": "Редактор: {}", "ill": "Иллюстрации: {}",
                  "win": "Вступительная статья: {}", "aui": "Вступительная статья: {}", "wfw": "Предисловие: {}",
                  "aft": "Послесловие: {}", "pht": "Фотографии: {}", "com": "Составитель: {}",
                  "ann": "Комментарии: {}"},
    },
}  # fmt: skip


_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
}

_DAYS = {"en": "{} {} {}", "de": "{}. {} {}", "es": "{} de {} de {}", "ru": "{} {} {} г."}
"""How day, month and year follow one another; one after the other where nothing is said."""

_FIRST_OF_THE_MONTH = {"fr": "1er", "it": "1º"}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The fixed words of a language; patterns hold ``{}`` where a number or a name goes."""

    language: str
    table: dict[str, Any] = field(repr=False)

    def __getitem__(self, key: str) -> str:
        return str(self.table[key])

    def voice(self, name: str) -> str:
        """Return the label of a standard voice; "" for others."""
        return str(self.table["voices"].get(name, ""))

    def role(self, code: str, names: str) -> str:
        """Return a line such as "Translated by A. B."; the bare names for other roles."""
        return str(self.table["roles"].get(code, "{}")).format(names)

    def listed(self, names: tuple[str, ...]) -> str:
        """Join names as the language does: "A, B and C"."""
        if len(names) < 2:
            return "".join(names)
        return str(self.table["and"]).format(", ".join(names[:-1]), names[-1])

    def day(self, date: str) -> str:
        """Write an ISO 8601 date with day precision as the language does; a shorter one stays as it is.

        >>> ENGLISH.day("2026-11-24")
        '24 November 2026'
        """
        year, _, rest = date.partition("-")
        month, _, day = rest.partition("-")
        if not day:
            return date
        name = _MONTHS[self.language].split()[int(month) - 1]
        number = _FIRST_OF_THE_MONTH.get(self.language, "1") if int(day) == 1 else str(int(day))
        return _DAYS.get(self.language, "{} {} {}").format(number, name, year)


def vocabulary(language: str) -> Vocabulary | None:
    """Return the fixed words for a BCP 47 tag by its primary language, or None when there are none.

    >>> vocabulary("de-AT")["contents"]
    'Inhalt'
    """
    primary = language.split("-", maxsplit=1)[0].lower()
    table = _TABLE.get(primary)
    return None if table is None else Vocabulary(primary, table)


ENGLISH = Vocabulary("en", _EN)
LANGUAGES = tuple(_TABLE)
