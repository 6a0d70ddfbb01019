"""Sample texts: everyday problems as people write them; none is about a person."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Story:
    """A problem: category, what is written, what is near, and the kind of picture to draw."""

    category: str
    text: str
    landmark: str
    picture: str = ""


# `category | text | landmark | picture`
TEXTS = """
road.pothole | Jalan berlubang cukup dalam, motor sering oleng kalau malam. | dekat pasar | hole
road.light | Lampu jalan mati sejak Jumat, jadi gelap sekali. | gang dekat puskesmas | lamp
waste.pile | Sampah menumpuk di TPS, sudah seminggu tidak diangkut. | TPS dekat pasar | waste
water.drain | Selokan mampet, air meluap ke jalan tiap hujan. | belakang ruko | water
road.pothole | Aspal terkelupas sepanjang kira-kira sepuluh meter. | depan sekolah | hole
env.tree | Dahan besar menggantung di atas kabel, rawan jatuh. | depan kantor pos | tree
water.tap | Air PDAM keruh sejak tiga hari lalu. | blok belakang perumahan |
traffic.jam | Lampu lalu lintas berkedip kuning terus sejak pagi. | simpang empat |
road.sidewalk | Ubin trotoar pecah, kursi roda tidak bisa lewat. | depan taman | hole
econ.market | Atap pasar bocor, lapak sayur kena air hujan. | blok tengah pasar |
water.cover | Penutup selokan hilang, berbahaya untuk anak-anak. | depan sekolah dasar | water
road.pothole | Lubang tergenang air saat hujan, jadi tidak terlihat. | sebelum jembatan | hole
utility.cable | Kabel menjuntai rendah, hampir kena pengendara. | depan minimarket |
waste.dump | Ada yang membuang sampah di tepi kali setiap malam. | tepi kali | waste
road.light | Tiga lampu berturut-turut tidak menyala. | depan kantor kelurahan | lamp
traffic.parking | Mobil parkir di dua sisi jalan sampai angkot tidak lewat. | depan toko |
water.flood | Jalan tergenang setinggi betis setiap hujan satu jam. | pertigaan pasar | water
env.park | Ayunan di taman rusak, rantainya putus. | taman bermain |
road.sign | Rambu berhenti roboh dan tergeletak di pinggir jalan. | simpang tiga |
health.puskesmas | Loket pendaftaran baru buka jam sembilan, antrean sampai luar. | puskesmas |
road.bridge | Papan jembatan lapuk dan sudah ada yang jatuh. | jembatan kecil dekat sawah |
waste.burn | Sampah dibakar di lahan kosong, asapnya ke rumah warga. | lahan kosong | waste
order.traders | Lapak di trotoar membuat pejalan kaki turun ke jalan. | depan stasiun |
road.pothole | Bahu jalan ambles setelah hujan deras kemarin. | tikungan dekat masjid | hole
water.tap | Pipa bocor di pinggir jalan, air terbuang terus. | dekat warung makan | water
utility.power | Tiang listrik miring setelah tertabrak truk. | dekat gudang |
civil.ktp | Blangko KTP habis, disuruh kembali bulan depan. | kantor kecamatan |
road.light | Lampu menyala siang hari, malam malah mati. | sebelah lapangan | lamp
farm.fertiliser | Pupuk bersubsidi belum sampai di kios, padahal sudah musim tanam. | kios tani |
order.poster | Spanduk lama menutupi rambu dan mulai robek. | bundaran |
waste.pile | Kontainer sampah penuh dan baunya sampai ke jalan. | belakang terminal | waste
water.drain | Saluran penuh lumpur dan daun, lama tidak dikeruk. | depan balai warga | water
env.tree | Pohon tumbang menutup setengah jalan. | jalan menuju bukit | tree
road.village | Jalan gang rusak parah, becek kalau hujan. | gang belakang musala | hole
edu.sd | Atap kelas bocor, anak-anak belajar sambil menggeser meja. | sekolah dasar |
traffic.bus | Angkot sering menaikkan tarif kalau sudah malam. | terminal |
road.odol | Truk pasir lewat terus, jalan jadi bergelombang dan berdebu. | jalan tambang |
env.pollution | Air sungai berbusa dan bau menyengat sejak dua hari. | bawah jembatan | water
social.aid | Bantuan bulan ini belum cair, di kantor pos katanya data kosong. | kantor pos |
water.irrigation | Pintu air macet, sawah di hilir kering. | pintu air |
utility.signal | Sinyal hilang setiap sore, pesan tidak terkirim. | dekat menara |
road.sidewalk | Trotoar dipakai parkir motor, penyeberang turun ke jalan. | depan bank |
gov.service | Jam layanan di papan berbeda dengan jam buka loket. | kantor kelurahan |
water.river | Tanggul kali longsor, tinggal satu meter dari jalan. | tepi kali | water
road.sign | Marka jalan sudah pudar, malam tidak kelihatan. | jalan lurus dekat pabrik |
order.disturb | Musik keras sampai lewat tengah malam setiap akhir pekan. | lapangan |
env.coast | Sampah plastik menumpuk di pantai setelah ombak besar. | dermaga kecil | waste
farm.pest | Tikus menyerang sawah, butuh bantuan racun dan penyuluhan. | hamparan sawah |
tax.pbb | Luas tanah di tagihan PBB salah, minta pembetulan. | blok perumahan |
econ.price | Harga minyak goreng di pasar jauh di atas harga acuan. | los sembako |
road.pothole | Tambalan lama terbuka lagi, batu kerikil berserakan. | depan apotek | hole
health.outbreak | Banyak jentik di penampungan air, minta pengasapan. | rumah susun |
waste.pile | Jadwal angkut sampah berubah, tidak ada yang diberi tahu. | gang buntu |
housing.illegal | Pagar bangunan baru menutup saluran air. | sudut jalan |
road.light | Kotak panel lampu jalan terbuka, kabelnya kelihatan. | depan posyandu | lamp
water.rural | Sumur bor desa rusak, warga antre air di masjid. | balai desa |
traffic.rail | Palang perlintasan terlambat turun, sangat berbahaya. | perlintasan dekat pasar |
social.disability | Pintu masuk kantor hanya tangga, tidak ada jalur kursi roda. | kantor dinas |
env.wildlife | Monyet masuk kebun dan merusak tanaman setiap pagi. | pinggir hutan |
econ.tourism | Toilet di tempat wisata kotor dan airnya mati. | pintu masuk pantai |
road.bridge | Pagar jembatan lepas sebelah, rawan untuk anak sekolah. | jembatan gantung |
water.drain | Gorong-gorong terlalu kecil, air balik ke rumah. | seberang lapangan | water
utility.fuel | Gas tiga kilo kosong di semua pangkalan minggu ini. | pangkalan gas |
road.toll | Lampu di gerbang keluar padam, sulit melihat jalur. | gerbang tol |
health.hospital | Kursi tunggu poli rusak, banyak lansia berdiri. | rumah sakit |
gov.app | Aplikasi antrean selalu gagal waktu memilih tanggal. | |
waste.dump | Karung puing dibuang di bahu jalan, tinggal satu lajur. | tikungan | waste
road.pothole | Sambungan jalan ke jembatan turun, mobil mengerem mendadak. | ujung jembatan | hole
water.cover | Besi penutup gorong-gorong bunyi keras setiap dilewati mobil. | depan rumah makan |
env.park | Lampu taman pecah, malam tempat itu gelap. | alun-alun | lamp
traffic.parking | Karcis parkir tidak diberikan dan tarifnya berubah-ubah. | depan pasar |
civil.permit | Pengajuan izin usaha tidak ada kabar sejak dua minggu. | |
econ.consumer | Timbangan di lapak ikan selalu kurang dari semestinya. | los ikan |
road.landslide | Tanah dari tebing turun ke jalan, baru bisa lewat satu motor. | tanjakan | hole
farm.price | Harga singkong di pabrik turun lagi tanpa pengumuman. | pabrik tapioka |
edu.admission | Zonasi di pengumuman berbeda dengan peta di sekolah. | sekolah menengah |
gov.village | Papan anggaran desa belum diperbarui tahun ini. | balai desa |
health.bpjs | Kartu tidak aktif padahal iuran sudah dibayar. | |
""".strip()

# What nobody else may read: categories that are never public.
SENSITIVE = """
order.drugs | Ada rumah kosong yang sering dipakai orang tidak dikenal tengah malam. | ujung gang |
edu.violence | Anak-anak kelas bawah sering dimintai uang jajan di belakang kantin. | sekolah |
health.mental | Ada orang yang bingung dan tidur di halte, perlu dibantu. | halte dekat pasar |
social.violence | Terdengar tangis dan bentakan hampir setiap malam dari rumah kontrakan. | |
""".strip()


def stories(texts: str = TEXTS) -> tuple[Story, ...]:
    """Read the sample texts."""
    return tuple(Story(*(cell.strip() for cell in line.split("|"))) for line in texts.splitlines())
