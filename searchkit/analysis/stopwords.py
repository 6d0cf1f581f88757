"""Stop words by language: articles, pronouns, prepositions, conjunctions, auxiliaries.

In lower case, separated by spaces, as the standard tokenizer cuts them: what stands
beside an apostrophe is listed by itself (English ``don t``, French ``l d qu``).
A change here is a new version of the ``stop`` filter: indexes hold the language's name.
"""

from __future__ import annotations

__all__ = ["STOP_WORDS"]

STOP_WORDS = {
    "danish": """
        ad af aldrig alle alt anden andet andre at blev blive bliver da de dem den denne der
        deres det dette dig din dine disse dit dog du efter eller en end er et for fra før få
        ham han hans har havde have hende hendes her hos hun hvad hvem hver hvilken hvis hvor
        hvordan hvorfor hvornår i ikke ind ingen intet jeg jer jeres jo kan kom kunne man mange
        med meget men mere mig min mine mit mod må ned noget nogen nogle nu når næsten og også
        om op os over på samme sammen sig sin sine sit skal skulle som så sådan thi til ud
        uden under var ved vi vil ville vor vore være været
    """,
    "dutch": """
        aan al alles als altijd andere ben bij bijna daar dan dat de den der deze die dit doch
        doen door dus een eens elk elke en er ge geen geweest haar had hadden heb hebben heeft
        hem hen het hier hij hoe hoewel hun iemand iets ik in is ja je jij jou jouw jullie kan
        kon konden kunnen maar me mee meer men met mij mijn moet moeten mogen na naar niemand
        niet niets nog nu of om omdat onder ons onze ook op over reeds s t te tegen toch toen
        tot u uit uw van veel voor waar waarom wanneer want waren was wat we wel werd werden
        wezen wie wij wil worden wordt zal ze zei zelf zich zij zijn zo zonder zou zouden
    """,
    "english": """
        a about above after again against ain all am an and any are aren as at be because been
        before being below between both but by can cannot could couldn d did didn do does
        doesn doing don down during each few for from further had hadn has hasn have haven
        having he her here hers herself him himself his how i if in into is isn it its itself
        just ll m me mightn more most mustn my myself needn no nor not now of off on once only
        or other ought our ours ourselves out over own re s same shan she should shouldn so
        some such t than that the their theirs them themselves then there these they this
        those through to too under until up ve very was wasn we were weren what when where
        which while who whom why will with won would wouldn you your yours yourself yourselves
    """,
    "finnish": """
        ei eikä eivät ellei emme en enää et ette että he heidän heidät heihin heille heillä
        heiltä heissä heistä heitä hän häneen hänelle hänellä häneltä hänen hänessä hänestä
        hänet häntä itse ja jo johon joiden joita joka joko jolla jolle jolta jonka jos joska
        jossa josta jota jotka jotta kanssa keiden keitä keneen kenelle kenen kenet keneltä
        kenessä kenestä ketkä ketä koska kuin kuinka kuka kun kyllä me meidän meidät meihin
        meille meillä meiltä meissä meistä meitä mihin miksi mikä mille millä miltä minkä
        minulla minulle minulta minun minussa minusta minut minuun minua minä missä mistä
        mitkä mitä mukaan mutta myös ne niiden niihin niille niillä niiltä niin niissä niistä
        niitä noiden noihin noille noilla noilta noin noissa noista noita nuo nyt nämä näiden
        näihin näille näillä näiltä näissä näistä näitä ole olemme olen olet olette oli olimme
        olin olisi olisimme olisin olisit olisitte olisivat olit olitte olivat olla olleet
        ollut on ovat poikki se sekä sen siellä siihen siinä siitä sille sillä siltä sinulla
        sinulle sinulta sinun sinussa sinusta sinut sinuun sinua sinä sitä tai te teidän
        teidät teihin teille teillä teiltä teissä teistä teitä tuo tuohon tuolla tuolle
        tuolta tuon tuossa tuosta tuota tähän tälle tällä tältä tämä tämän tässä tästä tätä
        vaan vai vaikka vain yli
    """,
    "french": """
        a ai aie aient aies ait alors alla as au aucun aucune auquel aura aurai auraient aurais
        aurait auras aurez auriez aurions aurons auront autre autres aux auxquelles auxquels
        avaient avais avait avant avec avez aviez avions avoir avons ayant ayez ayons c ce ceci
        cela celle celles celui ces cet cette ceux chaque chez comme comment d dans de depuis
        des desquelles desquels donc dont du duquel elle elles en encore entre es est et étaient
        étais était étant été étée étées étés êtes étiez étions être eu eue eues eurent eus eut
        eux eûmes eût eûtes fûmes furent fus fut fût fûtes il ils j jusqu jusque l la laquelle
        le lequel les lesquelles lesquels leur leurs lors lorsqu lorsque lui m ma mais me même
        mêmes mes moi mon n ne ni nos notre nôtre nôtres nous on ont or ou où par parce pas
        pendant peu plus pour pourquoi puis puisqu puisque qu quand que quel quelle quelles
        quels qui quoi quoique s sa sans se sera serai seraient serais serait seras serez seriez
        serions serons seront ses si sien sienne siennes siens soi soient sois soit sommes son
        sont sous soyez soyons suis sur t ta te tes toi ton tous tout toute toutes très tu un
        une vers vos votre vôtre vôtres vous y
    """,
    "german": """
        aber alle allem allen aller alles als also am an ander andere anderem anderen anderer
        anderes anders auch auf aus bei beim bin bis bist da damit dann das dass daß dasselbe
        dazu dein deine deinem deinen deiner deines dem demselben den denen denn denselben der
        deren derer derselbe derselben des desselben dessen dich die dies diese dieselbe
        dieselben diesem diesen dieser dieses dir doch dort du durch ein eine einem einen einer
        eines einig einige einigem einigen einiger einiges einmal er es etwas euch euer eure
        eurem euren eurer eures für gegen gewesen hab habe haben hat hatte hatten hattest hattet
        hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer ihres im in indem ins ist
        jede jedem jeden jeder jedes jene jenem jenen jener jenes jetzt kann kein keine keinem
        keinen keiner keines können könnte man manche manchem manchen mancher manches mein meine
        meinem meinen meiner meines mich mir mit muss musste muß nach nicht nichts noch nun nur
        ob oder ohne sehr sein seine seinem seinen seiner seines selbst sich sie sind so solche
        solchem solchen solcher solches soll sollte sondern sonst über um und uns unser unsere
        unserem unseren unserer unseres unter viel vom von vor während war waren warst was weg
        weil weiter welche welchem welchen welcher welches wenn werde werden wie wieder will wir
        wird wirst wo wollen wollte wurde wurden würde würden zu zum zur zwar zwischen
    """,
    "italian": """
        a abbia abbiamo abbiano abbiate ad agl agli ai al alcuna alcune alcuni alcuno all alla
        alle allo anche avemmo avendo avere avesse avessero avessi avessimo aveste avesti avete
        aveva avevamo avevano avevate avevi avevo avrà avrai avranno avrebbe avrebbero avrei
        avremmo avremo avreste avresti avrete avrò avuta avute avuti avuto c che chi ci coi col
        come con contro cui d da dagl dagli dai dal dall dalla dalle dallo degl degli dei del
        dell della delle dello di dov dove due e è ebbe ebbero ebbi ed era erano eravamo eravate
        eri ero essendo essere fosse fossero fossi fossimo foste fosti fra fu fui fummo furono
        gli ha hai hanno ho i il in io l la le lei li lo loro lui ma mi mia mie miei mio ne negl
        negli nei nel nell nella nelle nello noi non nostra nostre nostri nostro o ogni od per
        perché però più poi qual quale quali quando quanta quante quanti quanto quei quegli
        quel quell quella quelle quelli quello quest questa queste questi questo sarà sarai
        saranno sarebbe sarebbero sarei saremmo saremo sareste saresti sarete sarò se sei senza
        si sia siamo siano siate siete sono sta stata state stati stato su sua sue sugl sugli
        sui sul sull sulla sulle sullo suo suoi ti tra tu tua tue tuo tuoi tutti tutto un una
        uno vi voi vostra vostre vostri vostro
    """,
    "norwegian": """
        alle andre at av bare begge ble blei bli blir blitt både båe da de deg dei deim deira
        deires dem den denne der dere deres det dette di din disse ditt du dykk dykkar då eg ein
        eit eitt eller elles en enn er et ett etter for fordi fra før ha hadde han hans har hennar
        henne hennes her hjå ho hoe honom hoss hossen hun hva hvem hver hvilke hvilken hvis hvor
        hvordan hvorfor i ikke ikkje ingen ingi inkje inn inni ja jeg kan kom korleis korso kun
        kunne kva kvar kvarhelst kven kvi kvifor man mange me med medan meg meget mellom men mer
        mi min mine mitt mot mye må noe noen noka noko nokon nokor nokre nå når og også om opp
        oss over på samme seg selv si sia sidan siden sin sine sitt sjøl skal skulle slik so som
        somme somt så sånn til um upp ut uten var vart varte ved vere verte vi vil ville vore
        vors vort vår være vært å
    """,
    "polish": """
        a aby ale albo ani aż bez bo bowiem by być był była było byli były będą będzie chce choć
        ci ciebie cię co coś czy czyli dla do gdy gdyby gdyż gdzie go i ich ile im inne inny iż
        ja jak jaka jaki jakie jako je jeden jednak jednym jego jej jemu jest jestem jeszcze
        jeśli jeżeli już ją każdy kiedy kto która które którego której który których którym
        którzy lecz lub ma mają mam mi mną mnie moja moje może mu my na nad nam nami nas nasz
        nasza nasze nic nich nie niego niej nim nimi niż no o obok od on ona one oni ono oraz
        po pod ponieważ poza przed przez przy są się skąd sobą sobie swoje ta tak taka taki
        takie także tam te tego tej ten też to tobą tobie tu twoja twoje twój ty tych tylko tym
        u w wam wami was wasz wasza wasze we więc wszystko wy z za zaś ze że żeby
    """,
    "portuguese": """
        a à ao aos aquela aquelas aquele aqueles aquilo as às até com como da das de dela delas
        dele deles depois do dos e é ela elas ele eles em entre era eram éramos essa essas esse
        esses esta está estamos estão estas estava estavam estávamos este esteja estejam estejamos
        estes esteve estive estivemos estiver estivera estiveram estiverem estivermos estivesse
        estivessem estou eu foi fomos for fora foram forem formos fosse fossem fôssemos fui há
        haja hajam hajamos hão havemos havia hei houve houvemos houver houvera houveram houverem
        houvermos houvesse houvessem isso isto já lhe lhes mais mas me mesmo meu meus minha
        minhas muito na não nas nem no nos nós nossa nossas nosso nossos num numa o os ou para
        pela pelas pelo pelos por porque qual quando que quem são se seja sejam sejamos sem ser
        será serão serei seremos seria seriam seríamos seu seus só somos sou sua suas também te
        tem têm temos tenha tenham tenhamos tenho terá terão terei teremos teria teriam teríamos
        teu teus teve tinha tinham tínhamos tive tivemos tiver tivera tiveram tiverem tivermos
        tivesse tivessem tu tua tuas um uma você vocês vos
    """,
    "russian": """
        а без более больше будет будто бы был была были было быть в вам вами вас ваш ваша ваше
        ваши вдруг ведь во вот впрочем все всегда всего всей всех всё всю вы где да даже два
        для до другой его ее ей ему если есть еще ещё её ж же за зачем здесь и из или им ими
        иногда их к как какая какой когда конечно которая которого которое которой которые
        который которых кто куда ли лучше между меня мне мной много может можно мой моя мы на
        над надо наконец нас наш наша наше наши не него нее неё ней нельзя нет ни нибудь
        никогда ним ними них ничего но ну о об один он она они оно опять от перед по под после
        потом потому почти при про раз разве с сам свою себе себя сейчас со совсем так такой
        там тебя тем теперь то тобой тогда того тоже той только том тот три тут ты у уж уже
        хоть чего чей чем через что чтоб чтобы чуть эта эти этих это этого этой этом этот эту я
    """,
    "spanish": """
        a al algo algunas algunos ante antes aquel aquella aquellas aquello aquellos aunque como
        con contra cual cuales cuando de del desde donde dónde durante e el él ella ellas ellos
        en entre era erais éramos eran eras eres es esa esas ese eso esos esta está estaba
        estabais estábamos estaban estabas estad estada estadas estado estados estáis estamos
        están estar estará estarán estaría estas estás este esté estén esto estos estoy estuve
        estuvieron estuvo fue fuera fueran fueron fuese fuesen fui fuimos ha había habíamos
        habían habéis haber habrá habrán habría habrían habido han has hasta hay haya hayan he
        hemos hube hubiera hubieran hubiese hubo la las le les lo los más me mi mí mía mías mío
        míos mis mucho muchos muy nada ni no nos nosotras nosotros nuestra nuestras nuestro
        nuestros o os otra otras otro otros para pero poco por porque pues que qué quien quién
        quienes se sea sean ser será serán sería serían si sí sido siendo sin sino sobre sois
        somos son soy su sus suya suyas suyo suyos también tan tanto te tendrá tendrán tendría
        tenemos tenía tenían tener tengo ti tiene tienen tienes todo todos tu tú tus tuve tuvo
        tuya tuyas tuyo tuyos un una uno unos unas vosotras vosotros vuestra vuestras vuestro
        vuestros y ya yo
    """,
    "swedish": """
        alla allt att av blev bli blir blivit de dem den denna deras dess dessa det detta dig
        din dina ditt du där då efter ej eller en er era ert ett från för ha hade han hans har
        havande henne hennes hon honom hur här i icke ingen inget inom inte jag ju kan kunde man
        med mellan men mig min mina mitt mot mycket ni nu när någon något några och om oss på
        samma sedan sig sin sina sitt själv ska skall skulle som så sådan sådana sådant
        till under upp ut utan vad var vara varför varit varje vars vart vem vi vid vilka vilkas
        vilken vilket vår våra vårt än är åt över
    """,
}
"""Language to its stop words, separated by white space."""
