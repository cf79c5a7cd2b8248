"""How signs, Greek letters and functions are called: what several languages say of them, a line for each sign.

The words of `speech` are those of the commonest signs and of how formulas are built; these here join them.
"""

from __future__ import annotations

from functools import cache

LANGUAGES = ("en", "de", "fr", "es", "it", "ru", "pt", "nl", "sv", "pl")

_SIGNS = """\
← | from | von | provenant de | desde | da | обратно к | de | van | från | od
⟵ | from | von | provenant de | desde | da | обратно к | de | van | från | od
↔ | both ways to | beiderseits nach | dans les deux sens vers | en ambos sentidos a | nei due sensi a | взаимно с | nos dois sentidos para | heen en weer naar | åt båda håll till | w obie strony do
↦ | maps to | wird abgebildet auf | a pour image | se asigna a | è mandato in | отображается в | é levado a | wordt afgebeeld op | avbildas på | przechodzi na
⟼ | maps to | wird abgebildet auf | a pour image | se asigna a | è mandato in | отображается в | é levado a | wordt afgebeeld op | avbildas på | przechodzi na
↑ | up arrow | Pfeil nach oben | flèche vers le haut | flecha hacia arriba | freccia in su | стрелка вверх | seta para cima | pijl omhoog | uppåtpil | strzałka w górę
↓ | down arrow | Pfeil nach unten | flèche vers le bas | flecha hacia abajo | freccia in giù | стрелка вниз | seta para baixo | pijl omlaag | nedåtpil | strzałka w dół
⇐ | is implied by | folgt aus | est impliqué par | es implicado por | è implicato da | вытекает из | é implicado por | volgt uit | följer av | wynika z
⟸ | is implied by | folgt aus | est impliqué par | es implicado por | è implicato da | вытекает из | é implicado por | volgt uit | följer av | wynika z
⟹ | implies | daraus folgt | implique | implica | implica | следует | implica | hieruit volgt | medför | pociąga za sobą
∋ | contains | enthält | contient | contiene | contiene | содержит | contém | bevat | innehåller | zawiera
⊃ | is a superset of | Obermenge von | contient | contiene a | contiene | является надмножеством | contém | is een superset van | är en övermängd till | jest nadzbiorem
⊇ | is a superset of or equal to | Obermenge von oder gleich | contient ou est égal à | contiene o es igual a | contiene o è uguale a | является надмножеством или равно | contém ou é igual a | is een superset van of gelijk aan | är en övermängd till eller lika med | jest nadzbiorem lub równe
≪ | is much less than | sehr viel kleiner als | est très inférieur à | es mucho menor que | molto minore di | много меньше | é muito menor que | is veel kleiner dan | är mycket mindre än | jest znacznie mniejsze od
≫ | is much greater than | sehr viel größer als | est très supérieur à | es mucho mayor que | molto maggiore di | много больше | é muito maior que | is veel groter dan | är mycket större än | jest znacznie większe od
⩽ | is less than or equal to | kleiner oder gleich | est inférieur ou égal à | es menor o igual que | minore o uguale a | меньше или равно | é menor ou igual a | is kleiner dan of gelijk aan | är mindre än eller lika med | jest mniejsze lub równe
⩾ | is greater than or equal to | größer oder gleich | est supérieur ou égal à | es mayor o igual que | maggiore o uguale a | больше или равно | é maior ou igual a | is groter dan of gelijk aan | är större än eller lika med | jest większe lub równe
≅ | is congruent to | kongruent zu | est congru à | es congruente con | congruente a | конгруэнтно | é congruente a | is congruent met | är kongruent med | przystaje do
≃ | is asymptotically equal to | asymptotisch gleich | est asymptotiquement égal à | es asintóticamente igual a | asintoticamente uguale a | асимптотически равно | é assintoticamente igual a | is asymptotisch gelijk aan | är asymptotiskt lika med | jest asymptotycznie równe
≔ | is defined as | ist definiert als | est défini par | se define como | è definito come | по определению равно | é definido como | is gedefinieerd als | definieras som | jest zdefiniowane jako
≜ | is defined as | ist definiert als | est défini par | se define como | è definito come | по определению равно | é definido como | is gedefinieerd als | definieras som | jest zdefiniowane jako
∣ | such that | für die gilt | tel que | tal que | tale che | таких, что | tal que | zodanig dat | sådant att | takie, że
∥ | is parallel to | parallel zu | est parallèle à | es paralelo a | è parallelo a | параллельно | é paralelo a | is evenwijdig met | är parallell med | jest równoległe do
⟂ | is perpendicular to | senkrecht zu | est perpendiculaire à | es perpendicular a | è perpendicolare a | перпендикулярно | é perpendicular a | staat loodrecht op | är vinkelrät mot | jest prostopadłe do
⊥ | bottom | Falsum | taquet vers le haut | falso | falso | ложь | falso | falsum | falsum | fałsz
⊤ | top | Verum | taquet vers le bas | verdadero | vero | истина | verdadeiro | verum | verum | prawda
⊢ | proves | beweist | prouve | demuestra | dimostra | выводимо | prova | bewijst | bevisar | dowodzi
⊨ | models | erfüllt | satisfait | satisface | soddisfa | влечёт | satisfaz | vervult | satisfierar | spełnia
⊕ | circled plus | Plus im Kreis | plus cerclé | más en un círculo | più cerchiato | плюс в круге | mais num círculo | plus in een cirkel | plus i ring | plus w kółku
⊗ | circled times | Mal im Kreis | fois cerclé | por en un círculo | per cerchiato | умножение в круге | vezes num círculo | maal in een cirkel | gånger i ring | razy w kółku
⊙ | circled dot | Punkt im Kreis | point cerclé | punto en un círculo | punto cerchiato | точка в круге | ponto num círculo | punt in een cirkel | punkt i ring | kropka w kółku
∘ | composed with | verkettet mit | rond | compuesto con | composto con | композиция с | composto com | na | sammansatt med | złożone z
⋆ | star | Stern | étoile | estrella | stella | звезда | estrela | ster | stjärna | gwiazdka
∠ | angle | Winkel | angle | ángulo | angolo | угол | ângulo | hoek | vinkel | kąt
△ | triangle | Dreieck | triangle | triángulo | triangolo | треугольник | triângulo | driehoek | triangel | trójkąt
∆ | increment | Delta | delta | delta | delta | дельта | delta | delta | delta | delta
□ | box | Quadrat | carré | cuadrado | quadrato | квадрат | quadrado | vierkant | kvadrat | kwadrat
∴ | therefore | daher | donc | por lo tanto | quindi | следовательно | portanto | dus | alltså | zatem
∵ | because | weil | parce que | porque | perché | потому что | porque | omdat | eftersom | ponieważ
∐ | the coproduct | das Koprodukt | le coproduit | el coproducto | il coprodotto | копроизведение | o coproduto | het coproduct | koprodukten | koprodukt
∭ | the triple integral | das Dreifachintegral | l’intégrale triple | la integral triple | l’integrale triplo | тройной интеграл | a integral tripla | de drievoudige integraal | trippelintegralen | całka potrójna
⋃ | the union | die Vereinigung | la réunion | la unión | l’unione | объединение | a união | de vereniging | unionen | suma zbiorów
⋂ | the intersection | der Durchschnitt | l’intersection | la intersección | l’intersezione | пересечение | a interseção | de doorsnede | snittet | część wspólna
⨁ | the direct sum | die direkte Summe | la somme directe | la suma directa | la somma diretta | прямая сумма | a soma direta | de directe som | den direkta summan | suma prosta
⨂ | the tensor product | das Tensorprodukt | le produit tensoriel | el producto tensorial | il prodotto tensoriale | тензорное произведение | o produto tensorial | het tensorproduct | tensorprodukten | iloczyn tensorowy
⌊ | open floor | untere Gaußklammer auf | ouvrir la partie entière | abrir parte entera | aperta parte intera | целая часть от | abrir parte inteira | open entier | golvparentes börjar | otworzyć podłogę
⌋ | close floor | untere Gaußklammer zu | fermer la partie entière | cerrar parte entera | chiusa parte intera | конец целой части | fechar parte inteira | sluit entier | golvparentes slutar | zamknąć podłogę
⌈ | open ceiling | obere Gaußklammer auf | ouvrir le plafond | abrir techo | aperto soffitto | потолок от | abrir teto | open plafond | takparentes börjar | otworzyć sufit
⌉ | close ceiling | obere Gaußklammer zu | fermer le plafond | cerrar techo | chiuso soffitto | конец потолка | fechar teto | sluit plafond | takparentes slutar | zamknąć sufit
⋮ | vertical dots | Punkte untereinander | points verticaux | puntos verticales | punti verticali | вертикальное многоточие | pontos verticais | verticale puntjes | lodräta punkter | kropki pionowo
⋱ | diagonal dots | schräge Punkte | points diagonaux | puntos diagonales | punti diagonali | диагональное многоточие | pontos diagonais | diagonale puntjes | diagonala punkter | kropki ukośne
† | dagger | Kreuz | obèle | daga | obelo | крестик | adaga | dolk | kors | krzyżyk
‡ | double dagger | Doppelkreuz | obèle double | doble daga | doppio obelo | двойной крестик | adaga dupla | dubbele dolk | dubbelkors | podwójny krzyżyk
, | , | , | , | , | , | , | , | , | , | ,
; | ; | ; | ; | ; | ; | ; | ; | ; | ; | ;
: | : | : | : | : | : | : | : | : | : | :
. | . | . | . | . | . | . | . | . | . | .
? | ? | ? | ? | ? | ? | ? | ? | ? | ? | ?
& | and | und | et | y | e | и | e | en | och | i
* | star | Stern | étoile | asterisco | asterisco | звёздочка | asterisco | ster | asterisk | gwiazdka
@ | at | at | arobase | arroba | chiocciola | собака | arroba | apenstaartje | at | małpa
\\ | backslash | Rückstrich | barre oblique inverse | barra inversa | barra rovesciata | обратная черта | barra invertida | omgekeerde schuine streep | omvänt snedstreck | ukośnik wsteczny
ℏ | h bar | h quer | h barre | h barra | h tagliato | аш с чертой | h cortado | h-streep | h-streck | h kreślone
ℓ | l | l | l | l | l | эль | l | l | l | l
ℵ | aleph | Aleph | aleph | álef | aleph | алеф | alef | alef | alef | alef
′′ | double prime | zwei Strich | seconde | segunda | secondo | два штриха | duas linhas | dubbelaccent | bis | bis
‴ | triple prime | drei Strich | tierce | tercera | terzo | три штриха | três linhas | drievoudig accent | ter | ter
$ | dollar | Dollar | dollar | dólar | dollaro | доллар | dólar | dollar | dollar | dolar
# | number | Nummer | dièse | almohadilla | cancelletto | решётка | cardinal | hekje | nummer | krzyżyk
_ | underscore | Unterstrich | tiret bas | guion bajo | trattino basso | подчёркивание | sublinhado | laag streepje | understreck | podkreślnik
§ | section | Paragraf | paragraphe | sección | paragrafo | параграф | parágrafo | paragraaf | paragraf | paragraf
"""

_ENGLISH = """\
≺ is before|≻ is after|≼ is before or equal to|≽ is after or equal to|⪯ is before or equal to|⪰ is after or equal to
↗ increases to|↘ decreases to|↪ is embedded in|↠ maps onto|↣ maps injectively to|⇌ is in equilibrium with|⇀ tends weakly to
⟷ both ways to|⟺ if and only if|⊂ is a subset of|⊊ is a proper subset of|⊋ is a proper superset of|⊎ disjoint union
⊏ is a square subset of|⊐ is a square superset of|⊑ is a square subset of or equal to|⊒ is a square superset of or equal to
⊓ meet|⊔ join|⊻ exclusive or|⊼ nand|⊽ nor|≍ is equivalent to|≐ approaches|≲ is less than or about|≳ is greater than or about
⋈ is joined with|⋉ semidirect product|⋊ semidirect product|≀ wreath product|⊲ is a normal subgroup of|⊳ has the normal subgroup
⊴ is a normal subgroup of or equal to|⊵ has the normal subgroup or is equal to|⊸ multimap|∁ the complement of|∎ end of proof
∯ the surface integral|∰ the volume integral|∡ measured angle|∢ spherical angle|⨿ coproduct|⋀ the conjunction|⋁ the disjunction
⨀ the circled dot product|⨆ the join|⨄ the disjoint union|⟦ open double bracket|⟧ close double bracket|♭ flat|♯ sharp|♮ natural
⇝ leads to|⇑ double up arrow|⇓ double down arrow|↕ up and down arrow|⇕ double up and down arrow|∽ is similar to|≈ is approximately equal to
"""

_GREEK = "α β γ δ ε ζ η θ ι κ λ μ ν ξ ο π ρ σ τ υ φ χ ψ ω"
_LETTERS = {
    "en": "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi psi omega",
    "de": "Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda My Ny Xi Omikron Pi Rho Sigma Tau Ypsilon Phi Chi Psi Omega",
    "fr": "alpha bêta gamma delta epsilon zêta êta thêta iota kappa lambda mu nu xi omicron pi rhô sigma tau upsilon phi khi psi oméga",
    "es": "alfa beta gamma delta épsilon zeta eta theta iota kappa lambda mi ni xi ómicron pi rho sigma tau ípsilon fi ji psi omega",
    "it": "alfa beta gamma delta epsilon zeta eta theta iota kappa lambda mi ni xi omicron pi rho sigma tau ipsilon fi chi psi omega",
    "ru": "альфа бета гамма дельта эпсилон дзета эта тета йота каппа лямбда мю ню кси омикрон пи ро сигма тау ипсилон фи хи пси омега",
    "pt": "alfa beta gama delta épsilon zeta eta teta iota capa lambda mi ni csi ômicron pi rô sigma tau úpsilon fi qui psi ômega",
    "nl": "alfa bèta gamma delta epsilon zèta èta thèta jota kappa lambda mu nu xi omikron pi rho sigma tau ypsilon phi chi psi omega",
    "sv": "alfa beta gamma delta epsilon zeta eta theta jota kappa lambda my ny xi omikron pi rho sigma tau ypsilon fi chi psi omega",
    "pl": "alfa beta gamma delta epsilon dzeta eta theta jota kappa lambda mi ni ksi omikron pi ro sigma tau ypsilon fi chi psi omega",
}
_FUNCTIONS = "sin cos tan cot log ln lim max min"
_FUNCTION_NAMES = {
    "en": "sine,cosine,tangent,cotangent,log,natural log,the limit,the maximum,the minimum",
    "de": "Sinus,Kosinus,Tangens,Kotangens,Logarithmus,natürlicher Logarithmus,Limes,Maximum,Minimum",
    "fr": "sinus,cosinus,tangente,cotangente,logarithme,logarithme népérien,limite,maximum,minimum",
    "es": "seno,coseno,tangente,cotangente,logaritmo,logaritmo neperiano,límite,máximo,mínimo",
    "it": "seno,coseno,tangente,cotangente,logaritmo,logaritmo naturale,limite,massimo,minimo",
    "ru": "синус,косинус,тангенс,котангенс,логарифм,натуральный логарифм,предел,максимум,минимум",
    "pt": "seno,cosseno,tangente,cotangente,logaritmo,logaritmo natural,limite,máximo,mínimo",
    "nl": "sinus,cosinus,tangens,cotangens,logaritme,natuurlijke logaritme,limiet,maximum,minimum",
    "sv": "sinus,cosinus,tangens,cotangens,logaritm,naturlig logaritm,gränsvärdet,maximum,minimum",
    "pl": "sinus,cosinus,tangens,cotangens,logarytm,logarytm naturalny,granica,maksimum,minimum",
}
_VARIANTS = dict(zip("ϵϑϖϱςϕϰ", "εθπρσφκ", strict=True))


@cache
def signs(language: str) -> dict[str, str]:
    """Return what a language says of signs: a dictionary by sign."""
    column = LANGUAGES.index(language) + 1
    found = {}
    for line in _SIGNS.splitlines():
        fields = [field.strip() for field in line.split(" | ")]
        found[fields[0]] = fields[column]
    if language == "en":
        for part in _ENGLISH.replace("\n", "|").split("|"):
            if part:
                found[part[0]] = part[2:]
    return found


@cache
def greek(language: str) -> dict[str, str]:
    """Return the names of the small Greek letters, and of their variants."""
    found = dict(zip(_GREEK.split(), _LETTERS[language].split(), strict=True))
    return {**found, **{variant: found[letter] for variant, letter in _VARIANTS.items()}}


@cache
def functions(language: str) -> dict[str, str]:
    """Return the names of functions that a voice would spell or misread as they are written."""
    return dict(zip(_FUNCTIONS.split(), _FUNCTION_NAMES[language].split(","), strict=True))
